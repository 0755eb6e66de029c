"""Why two derivations differ about somebody: the rule, the list, or the reading of a message that decided otherwise."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.events.facts.catalogue import StayFact, VisitMoved, kind_of
from ascbridge.events.logs.cloud_event import rfc3339
from ascbridge.storage.tables import evidence, message_state, patient, record_part, spell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from ascbridge.storage.database import SqliteDatabase

MOST_LINES = 6
_STAMPS = frozenset({"stamp", "sealed"})
NOT_TOLD = "not told by rules, lists or messages"
Why = tuple[str, tuple[str, ...]]


class Whence:
    """Asks the trails of both derivations. Each answer is a short cause for counting, and lines that say more."""

    def __init__(self, before: SqliteDatabase, after: SqliteDatabase) -> None:
        self._sides = (before, after)
        self._of_stay = lru_cache(4_096)(self._find_stay)
        self._of_person = lru_cache(4_096)(self._find_person)

    def of_stay(self, key: str) -> Why:
        """Say why a stay, or the work about it, stands otherwise."""
        return self._of_stay(key)

    def of_person(self, patient_key: str) -> Why:
        """Say why somebody is known otherwise."""
        return self._of_person(self.person_of(patient_key), ())

    def of_record(self, person_id: str) -> Why:
        """Say why something else would be published of somebody."""
        return self._of_person(person_id, ())

    def of_door(self, old: Mapping[str, Any], new: Mapping[str, Any], patient_key: str) -> Why:
        """Say why work at the front door stands otherwise."""
        cause, lines = self.of_person(patient_key)
        if cause == NOT_TOLD:
            before, after = (
                orjson.dumps(one.get("because"), option=orjson.OPT_SORT_KEYS) for one in (old, new)
            )
            return "front door's rules or lists", (
                "the same facts, and another need" if before == after else "the facts give another need",
            )
        return cause, lines

    def person_of(self, patient_key: str) -> str:
        """Return who a patient key is, by whichever side knows."""
        wanted = select(patient.c.person_id).where(patient.c.patient_key == patient_key)
        for side in reversed(self._sides):
            found = side.read_now(lambda c: c.scalar(wanted))
            if found:
                return str(found)
        return ""

    def _find_stay(self, key: str) -> Why:
        was, now = (side.read_now(lambda c: _explained(c, key)) for side in self._sides)
        read, lines = self._read_otherwise(key)
        if not read:
            read, lines = self._told_otherwise(self._whose(key))
        old, new = _rule(was), _rule(now)
        decided = _decided(was, now)
        lists = _lists(was, now)
        if read:
            return read, (*lines, *decided, *lists)[:MOST_LINES]
        if (was.get("rule"), was.get("then")) != (now.get("rule"), now.get("then")):
            return f"rule: {old} becomes {new}", (*decided, *lists)[:MOST_LINES]
        if lists:
            return lists[0], lists[:MOST_LINES]
        if was.get("told") != now.get("told") or was.get("because") != now.get("because"):
            return "another fact about the person", decided
        if old != new:
            return f"rules: {old.partition(':')[0]} becomes {new.partition(':')[0]}", decided
        return NOT_TOLD, ()

    def _whose(self, key: str) -> str:
        wanted = select(spell.c.person_id).where(spell.c.spell_key == key)
        people = [side.read_now(lambda c: c.scalar(wanted)) for side in self._sides]
        return next((one for one in reversed(people) if one), "")

    def _read_otherwise(self, key: str) -> Why:
        was, now = (side.read_now(lambda c: _said(c, key)) for side in self._sides)
        return self._messages(was, now)

    def _messages(self, was: _Said, now: _Said) -> Why:
        """Say which messages one side read otherwise than the other."""
        lines, feed = [], ""
        for name in sorted(was.keys() | now.keys()):
            old, new = was.get(name), now.get(name)
            if old == new:
                continue
            message_id, what = name
            notes = [side.read_now(lambda c, one=message_id: _state(c, one)) for side in self._sides]  # type: ignore[misc]  # mypy does not infer a default's type
            feed = feed or notes[0][0] or notes[1][0]
            lines.append(
                f"message {message_id} of {notes[0][0] or notes[1][0] or '?'}: {what} {_between(old, new)}"
            )
            if notes[0][1] != notes[1][1]:
                lines.append(f"its note: {notes[0][1] or 'none'} becomes {notes[1][1] or 'none'}")
        return (f"feed {feed} is read otherwise" if lines else ""), tuple(lines[:MOST_LINES])

    def _told_otherwise(self, person_id: str) -> Why:
        was, now = (side.read_now(lambda c: _parts(c, person_id)) for side in self._sides)
        return self._messages(was, now)

    def _find_person(self, person_id: str, _: tuple[()]) -> Why:
        cause, lines = self._told_otherwise(person_id)
        if cause:
            return cause, lines
        spells = sorted(
            {one for side in self._sides for one in side.read_now(lambda c: _spells(c, person_id))}
        )
        for key in spells:
            old, new = (side.read_now(lambda c, one=key: _explained(c, one)) for side in self._sides)  # type: ignore[misc]  # as above
            if _meant(old) != _meant(new):
                return self._of_stay(key)
        return NOT_TOLD, ()


_Said = dict[tuple[str, str], Any]


def words_of(name: str, value: Any) -> str:
    """Return a value as it is shown: moments as times, several by commas."""
    if value in (None, "", [], {}):
        return ""
    if name.endswith("_ms") and isinstance(value, int):
        return rfc3339(value)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)


def _explained(connection: Connection, key: str) -> dict[str, Any]:
    found = connection.scalar(select(spell.c.explanation).where(spell.c.spell_key == key))
    return orjson.loads(found) if found else {}


def _meant(explained: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: explained.get(name) for name in ("rules", "version", "then", "rule", "lists", "told", "signal")
    }


def _said(connection: Connection, key: str) -> _Said:
    """Return what each message said of a stay, by its id and the type of the event.

    What is said of the person a stay keeps only where it changed something then, which depends on what came together.
    """
    found: _Said = {}
    columns = (evidence.c.message_id, evidence.c.type, evidence.c.data)
    rows = connection.execute(
        select(*columns)
        .where(evidence.c.spell_key == key)
        .order_by(evidence.c.message_id, evidence.c.event_id)
    )
    for message_id, kind, data in rows:
        known = kind_of(kind)
        if known is None or not issubclass(known, (StayFact, VisitMoved)):
            continue
        said = {name: value for name, value in orjson.loads(data).items() if name not in _STAMPS}
        found.setdefault((message_id, kind.rsplit(".", 2)[-2]), []).append(said)
    return found


def _parts(connection: Connection, person_id: str) -> _Said:
    """Return what was last said of each thing of a person, by the message that said it."""
    keys = select(patient.c.patient_key).where(patient.c.person_id == person_id)
    found: _Said = {}
    rows = connection.execute(
        select(record_part.c.message_id, record_part.c.kind, record_part.c.data)
        .where(record_part.c.patient_key.in_(keys), record_part.c.kind.in_(("care", "patient")))
        .order_by(record_part.c.part_id)
    )
    for message_id, kind, data in rows:
        said = orjson.loads(data)
        said = (
            {name: value for name, value in said.items() if name not in _STAMPS}
            if isinstance(said, dict)
            else said
        )
        found.setdefault((message_id, kind), []).append(said)
    return found


def _spells(connection: Connection, person_id: str) -> list[str]:
    return list(connection.execute(select(spell.c.spell_key).where(spell.c.person_id == person_id)).scalars())


def _state(connection: Connection, message_id: str) -> tuple[str, str]:
    row = connection.execute(
        select(message_state.c.feed, message_state.c.note).where(message_state.c.message_id == message_id)
    ).first()
    return (row.feed, row.note) if row is not None else ("", "")


def _between(old: Any, new: Any) -> str:
    if old is None or new is None:
        return "is said only now" if old is None else "is no longer said"
    members = []
    for was, now in zip(old, new, strict=False):
        if not isinstance(was, dict) or not isinstance(now, dict):
            continue
        for name in sorted(was.keys() | now.keys()):
            one, other = was.get(name), now.get(name)
            if one != other:
                members.append(
                    f"{name} {_coded(one)} becomes {_coded(other)}" if _is_code(one, other) else name
                )
    return f"differs in {', '.join(dict.fromkeys(members))}" if members else "is said another number of times"


def _is_code(*values: Any) -> bool:
    return any(isinstance(one, dict) and {"source_code", "code"} <= one.keys() for one in values)


def _coded(value: Any) -> str:
    if not isinstance(value, dict):
        return "nothing"
    return f"{value.get('source_code')} is {value.get('code') or 'not mapped'}"


def _rule(explained: Mapping[str, Any]) -> str:
    if not explained:
        return "nothing"
    return f"{explained['rules']}@{explained['version']}:{explained['rule'] or 'none'}"


def _decided(was: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Return by which rule each side decided, where that differs."""
    if _rule(was) == _rule(now):
        return ()
    lines = []
    for label, one in (("before", was), ("after", now)):
        if one:
            inputs = ", ".join(f"{each['input']} is {each['value']}" for each in one["because"])
            lines.append(
                f"{label}: {_rule(one)} {one['then']}, {one['why']}{f' ({inputs})' if inputs else ''}"
            )
    return tuple(lines)


def _lists(was: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which lists the due time went by, where that differs."""
    old, new = (set(one.get("lists") or ()) for one in (was, now))
    if old == new or not was or not now:
        return ()
    return (
        f"list: {', '.join(sorted(old - new)) or 'none'} becomes {', '.join(sorted(new - old)) or 'none'}",
    )
