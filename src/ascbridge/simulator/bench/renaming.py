"""Every name in a text that the bridge wrote, and what stands in its place in a copy: ids, keys, hashes, times.

A copy is about other people at another time. Its ids lead with their time, as real ones do; its hashes are what the
bridge would look up; whatever is no name of the pattern's own (a code, a birth date, a ward) stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from ascbridge.discharge.deciding.decision import task_id
from ascbridge.events.logs.envelope import TIME_DIGITS, time_led
from ascbridge.frontdoor.door_status import door_task_id
from ascbridge.people.groups import own_person_id
from ascbridge.record.resource_store import lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.frontdoor.door_status import Kind

Names = dict[str, str]
"""For each name of the pattern, the copy's."""
_TIMES = r"20[2-4]\d-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{3})?Z)?|20[2-4]\d{5}(?:\d{6})?"
_IS_TIME = re.compile(_TIMES)
_NAME = re.compile(
    r"(?<![0-9A-Za-z])("
    r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"  # events and messages
    r"|[a-z][0-9a-f]{40}"  # a key of ours as an identifier is found under it
    r"|[pslnt][0-9a-f]{32}"  # patient, spell, lane, person, task
    r"|[0-9a-f]{32}|[0-9a-f]{20}"  # keyed hashes; a message's id as an answer quotes it
    r"|[UV]\d{7}|Q\d{9}|999\d{7}"  # what the hospital calls patients, stays and messages; NHS numbers
    r"|(?:100000)?1[67]\d{11}"  # milliseconds, also as `people.stamps` writes them
    rf"|{_TIMES}"
    r")(?![0-9A-Za-z])"
)
IDENTIFIER = "identifier"
"""The kind of what the record store finds an identifier under; its parts are system and value."""
_WIDTH = 1 << 80
_STEP = 0x9E3779B97F4A7C15F39CC0605CEDC835  # odd, so that no two copies of a key are the same


@dataclass(frozen=True, slots=True)
class Text:
    """A text taken apart: every second part is a name."""

    parts: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Text:
        """Take a text apart."""
        return cls(tuple(_NAME.split(text)))

    @property
    def names(self) -> Sequence[str]:
        """The names in it."""
        return self.parts[1::2]

    def with_names(self, names: Mapping[str, str]) -> str:
        """Put it together again with a copy's names."""
        if len(self.parts) == 1:
            return self.parts[0]
        if len(self.parts) == 3 and not self.parts[0] and not self.parts[2]:
            return names[self.parts[1]]
        parts = list(self.parts)
        parts[1::2] = [names[name] for name in self.parts[1::2]]
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of the pattern: its number from 1, how much later it happens, and who its people are.

    `outside` gives the hospital's own numbers and NHS numbers for those of the pattern. `turns` is how much further
    the record store counts.
    """

    number: int
    later_ms: int
    outside: Mapping[str, str]
    turns: int = 0


class Renaming:
    """Renames what stands in the pattern's texts.

    `hashed` says of which kind and parts each keyed hash is, and what an identifier is found under; `messages` are the
    ids of kept messages, and `door_tasks` says of which kind, patient key and thing each task of the front door is.
    """

    def __init__(
        self,
        keyring: Keyring,
        names: Iterable[str],
        hashed: Mapping[str, tuple[str, ...]],
        messages: Iterable[str],
        door_tasks: Mapping[str, tuple[Kind, str, str]] | None = None,
    ) -> None:
        self._keyring = keyring
        every = sorted(set(names), key=_dependent_last)
        persons = {own_person_id(name): name for name in every if _is_key(name, "pl")}
        tasks = {task_id(name): name for name in every if _is_key(name, "s")}
        quoted = {one.replace("-", "")[:20]: one for one in messages}
        self._rules = [
            (name, rule)
            for name in every
            if (rule := _rule(name, persons, tasks, quoted, hashed, keyring)) is not None
        ]
        for name, (kind, key, about) in (door_tasks or {}).items():
            self._rules.append((name, _door_task(kind, key, about)))
        self._same = {name: name for name in every}

    def names(self, copy: Copy) -> Names:
        """Return the names of one copy."""
        found = dict(self._same)
        found.update(copy.outside)
        for name, rule in self._rules:
            found[name] = rule(copy, found)
        return found


Rule = "Callable[[Copy, Names], str]"


def _is_key(name: str, letters: str) -> bool:
    return len(name) == 33 and name[0] in letters


def _dependent_last(name: str) -> tuple[int, str]:
    """Those that follow from another name come after it."""
    return (len(name) in {20, 32, 41} or _is_key(name, "nt"), name)


def _rule(
    name: str,
    persons: Mapping[str, str],
    tasks: Mapping[str, str],
    quoted: Mapping[str, str],
    hashed: Mapping[str, tuple[str, ...]],
    keyring: Keyring,
) -> Callable[[Copy, Names], str] | None:
    """How one name is renamed; None for one that stays, or that the copy's people bring with them."""
    if len(name) == 36:
        return _event_id(name)
    if name in persons:
        return lambda _, names, of=persons[name]: own_person_id(names[of])  # type: ignore[misc]  # bound here
    if name in tasks:
        return lambda _, names, of=tasks[name]: task_id(names[of])  # type: ignore[misc]  # bound here
    if name in quoted:
        return lambda _, names, of=quoted[name]: names[of].replace("-", "")[:20]  # type: ignore[misc]  # bound here
    if name in hashed:
        return _looked_up(keyring, *hashed[name])
    if _is_key(name, "psl"):
        return _key(name)
    if name.isdigit() and len(name) in {13, 19}:
        return lambda copy, _: str(int(name) + copy.later_ms)
    return _time(name) if _IS_TIME.fullmatch(name) else None


def _looked_up(keyring: Keyring, kind: str, *parts: str) -> Callable[[Copy, Names], str]:
    if kind == IDENTIFIER:
        system, value = parts
        return lambda _, names: lookup(keyring, system, names.get(value, value))
    return lambda _, names: keyring.lookup(kind, *(names.get(part, part) for part in parts))


def _door_task(kind: Kind, key: str, about: str) -> Callable[[Copy, Names], str]:
    return lambda _, names: door_task_id(kind, names[key], about)


def _event_id(name: str) -> Callable[[Copy, Names], str]:
    at_ms, middle, tail = int(name[:8] + name[9:13], 16), name[13:24], int(name[24:], 16)

    def renamed(copy: Copy, _: Names) -> str:
        time = time_led(at_ms + copy.later_ms)
        return f"{time[:8]}-{time[8:]}{middle}{(tail + copy.number * _STEP) % (1 << 48):012x}"

    return renamed


def _key(name: str) -> Callable[[Copy, Names], str]:
    letter, at_ms, rest = name[0], int(name[1 : 1 + TIME_DIGITS], 16), int(name[1 + TIME_DIGITS :], 16)
    return lambda copy, _: (
        f"{letter}{time_led(at_ms + copy.later_ms)}{(rest + copy.number * _STEP) % _WIDTH:020x}"
    )


def _time(name: str) -> Callable[[Copy, Names], str]:
    """Times move by the millisecond, days by whole ones."""
    if len(name) == 8:
        return lambda copy, _: _days(date.fromisoformat(name), copy).strftime("%Y%m%d")
    if len(name) == 10:
        return lambda copy, _: _days(date.fromisoformat(name), copy).isoformat()
    if len(name) == 14:
        at = datetime.strptime(name, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return lambda copy, _: _moment(at, copy).strftime("%Y%m%d%H%M%S")
    at, unit = datetime.fromisoformat(name), "milliseconds" if "." in name else "seconds"
    return lambda copy, _: _moment(at, copy).isoformat(timespec=unit).replace("+00:00", "Z")


def _moment(at: datetime, copy: Copy) -> datetime:
    return at + timedelta(milliseconds=copy.later_ms)


def _days(day: date, copy: Copy) -> date:
    return day + timedelta(milliseconds=copy.later_ms)
