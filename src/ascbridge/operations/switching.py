"""Switches which of two case systems is heard, event type by event type: recorded with who and why, and reversible."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ascbridge.events import audit, switches
from ascbridge.events.switches import EVENT_TYPES, Switch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.audit import AuditEntry
    from ascbridge.events.switches import Pair, Switches
    from ascbridge.intake.sources.profile import Profile


NO_CUTOVER = "no cut-over is set up: name its feeds in the settings, as cutover.old and cutover.new"


class CannotSwitch(ValueError):
    """A switch that is not made; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants: these event types (names without prefix) heard from feed `to`, or from the one before.

    `why` is theirs. `anyway` makes the switch even where something stands against it, which is then recorded.
    """

    event_types: tuple[str, ...]
    to: str
    why: str
    anyway: bool = False


def asked(words: Sequence[str], to: str, why: str, *, anyway: bool, pair: Pair | None) -> Wish:
    """Return what somebody means by these words, `all` for every event type. Raises `CannotSwitch`."""
    if pair is None:
        raise CannotSwitch(NO_CUTOVER)
    if to not in (pair.old, pair.new):
        raise CannotSwitch(f"the feeds of this cut-over are {pair.old} and {pair.new}")
    if not why.strip():
        raise CannotSwitch("say why")
    return Wish(tuple(dict.fromkeys(_event_types(words))), to, why.strip(), anyway)


def switch(
    connection: Connection,
    pair: Pair,
    profiles: Mapping[str, Profile],
    wish: Wish,
    who: AuditEntry,
    now_ms: int,
) -> list[Switch]:
    """Make the switches, all of them or none, and return them. Raises `CannotSwitch`.

    From this transaction on, what the other feed says of these types goes into shadow.
    """
    switches.hold_still(connection, to_change=True)
    made = switches.load(connection, pair)
    already = [one for one in wish.event_types if made.live(one) == wish.to]
    if already:
        raise CannotSwitch(f"{wish.to} is heard already: {', '.join(already)}")
    against = "; ".join(stands_against(profiles, wish.to))
    if against and not wish.anyway:
        raise CannotSwitch(against)
    return [
        _made(connection, made, event_type, wish, against, who, now_ms) for event_type in wish.event_types
    ]


def stands_against(profiles: Mapping[str, Profile], to: str) -> list[str]:
    """Return what stands against hearing a feed, whatever the event type."""
    if profiles[to].shadow:
        return [f"the profile of {to} is not signed as it stands: nothing of it would have an effect"]
    return []


def _made(
    connection: Connection,
    before: Switches,
    event_type: str,
    wish: Wish,
    against: str,
    who: AuditEntry,
    now_ms: int,
) -> Switch:
    assert before.pair is not None
    last = before.last(event_type)
    at_ms = now_ms if last is None else max(now_ms, last.at_ms + 1)  # no two switches of a type at one moment
    other = before.pair.beside(wish.to)
    done = Switch(event_type, wish.to, other, at_ms, who.who, who.role, wish.why, against)
    switches.record(connection, done)
    what = f"{event_type} switched from {other} to {wish.to}"
    entry = replace(who, what=what, why=wish.why, result="done against advice" if against else "done")
    audit.record(connection, entry, now_ms)
    return done


def _event_types(words: Sequence[str]) -> list[str]:
    if not words:
        raise CannotSwitch("name an event type, or all")
    if list(words) == ["all"]:
        return list(EVENT_TYPES.values())
    found = []
    for word in words:
        try:
            found.append(switches.event_type_of(word))
        except KeyError:
            raise CannotSwitch(
                f"there is no event type {word!r}; there are {', '.join(EVENT_TYPES)}, or all"
            ) from None
    return found
