"""Switches which of two case systems is heard, event type by event type: recorded with who and why, and reversible."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from ascbridge.cutover import comparing, sheets, steps
from ascbridge.cutover.ahead import FEW, Ahead, turn
from ascbridge.events.handlers import switches
from ascbridge.events.handlers.switches import EVENT_TYPES, WORDS, Switch
from ascbridge.events.ledgers import audit
from ascbridge.intake.reading import applied_words
from ascbridge.people.identities import in_lists

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.cutover.comparing import Comparison, Side, Thing
    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.cutover.whole import Place, Whole
    from ascbridge.events.handlers.switches import Pair, Switches
    from ascbridge.events.ledgers.audit import AuditEntry
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.storage.database import Database


NO_CUTOVER = "no cut-over is set up: name its feeds in the settings, as cutover.old and cutover.new"


CHANGED = "what is compared by was changed again and again while everybody was compared: try it again"
TRIES = 5
"""How often everybody is compared anew, because somebody changed the crosswalk or what is heard meanwhile."""
ROUNDS = 20
"""How often those are compared again of whom something was said meanwhile, before it is left to the moment itself."""


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
    rules: Rules,
    profiles: Mapping[str, Profile],
    wish: Wish,
    who: AuditEntry,
    now_ms: int,
) -> list[Switch]:
    """Make the switches in one transaction, as `switch_ahead` makes them in steps: where nobody else is about."""
    switches.hold_still(connection, to_change=True)
    _not_yet(connection, pair, wish)
    ahead = _ahead(pair, rules, wish)
    ahead.begin(connection, now_ms)
    while ahead.step(connection):
        pass
    against = against_switching(connection, pair, rules, profiles, wish, ahead.found, now_ms)
    made = _make(connection, pair, ahead, wish, against, who, now_ms)
    assert made is not None, "nobody else is about"
    return made


async def switch_ahead(
    database: Database,
    pair: Pair,
    rules: Rules,
    profiles: Mapping[str, Profile],
    wish: Wish,
    who: AuditEntry,
    clock: Clock,
) -> list[Switch]:
    """Make the switches, all of them or none, and return them. Raises `CannotSwitch`.

    Everybody is compared before, in short readings, and what stands against it is found by that. In the transaction of
    the switch only those are compared again of whom something was said since. From it on, what the other feed says of
    these types goes into shadow. What this one said in shadow and differs waits to be heard once
    (`Translator.apply_words`).
    """
    for _ in range(TRIES):
        await database.read(lambda c: _not_yet(c, pair, wish))
        ahead = await compared_ahead(database, _ahead(pair, rules, wish), clock)
        look = partial(
            against_switching, pair=pair, rules=rules, profiles=profiles, wish=wish, found=ahead.found,
            now_ms=clock.now_ms(),
        )  # fmt: skip
        against = await database.read(look)
        make = partial(
            _make, pair=pair, ahead=ahead, wish=wish, against=against, who=who, now_ms=clock.now_ms()
        )
        made = await database.write(make)
        if made is not None:
            return made
    raise CannotSwitch(CHANGED)


async def compared_ahead(database: Database, ahead: Ahead, clock: Clock) -> Ahead:
    """Compare everybody in short readings, until hardly anybody is left of whom something was said meanwhile."""
    await database.write(lambda c: ahead.begin(c, clock.now_ms()))
    while await database.read(ahead.step):
        pass
    for _ in range(ROUNDS):
        until = await database.write(turn)
        if await database.read(partial(ahead.catch_up, until=until)) <= FEW:
            break
    return ahead


def _ahead(pair: Pair, rules: Rules, wish: Wish) -> Ahead:
    return Ahead(pair, rules, partial(_to_continue, wish=wish, new=wish.to == pair.new))


def _not_yet(connection: Connection, pair: Pair, wish: Wish) -> Switches:
    """Return the switches that were made; none of them may be the one that is wished for. Raises `CannotSwitch`."""
    made = switches.load(connection, pair)
    already = [one for one in wish.event_types if made.live(one) == wish.to]
    if already:
        raise CannotSwitch(f"{wish.to} is heard already: {', '.join(already)}")
    return made


def against_switching(
    connection: Connection,
    pair: Pair,
    rules: Rules,
    profiles: Mapping[str, Profile],
    wish: Wish,
    found: Whole,
    now_ms: int,
) -> list[str]:
    """Return what stands against it, by what comparing everybody `found`.

    Going back is never refused by figures: it is what one does when they are bad.
    """
    reasons = stands_against(profiles, wish.to)
    if wish.to == pair.new:
        words = [WORDS[one] for one in wish.event_types]
        reasons += sheets.fill(connection, pair, rules, found, now_ms).against(words)
    return reasons


def _make(
    connection: Connection,
    pair: Pair,
    ahead: Ahead,
    wish: Wish,
    against: Sequence[str],
    who: AuditEntry,
    now_ms: int,
) -> list[Switch] | None:
    """Make the switches by a comparison; None where what is compared by was changed since it began."""
    switches.hold_still(connection, to_change=True)
    made = _not_yet(connection, pair, wish)
    if against and not wish.anyway:
        raise CannotSwitch("; ".join(against))
    if not ahead.holds(connection):
        return None
    ahead.catch_up(connection)
    done = [
        _made(connection, made, event_type, wish, "; ".join(against), who, now_ms)
        for event_type in wish.event_types
    ]
    applied_words.put(connection, ahead.told, who.who, wish.why, now_ms)
    steps.forget(connection)
    return done


def apply_correction(
    connection: Connection,
    pair: Pair,
    rules: Rules,
    message_id: str,
    event_type: str,
    who: AuditEntry,
    now_ms: int,
) -> None:
    """Hear one word that was said in shadow, because somebody said so. Raises `CannotSwitch`."""
    switches.hold_still(connection, to_change=True)
    made = switches.load(connection, pair)
    found = [
        one
        for one in corrections(connection, rules, made)
        if (one.event_type, correcting_message(one, made)) == (event_type, message_id)
    ]
    if not found:
        raise CannotSwitch("this is no correction that waits: it was applied, taken back or said anew")
    applied_words.put(connection, [(message_id, event_type)], who.who, who.why, now_ms)
    steps.forget(connection)
    audit.record(connection, replace(who, what=f"{event_type} applied", whom=found[0].patient_key), now_ms)


def corrections(connection: Connection, rules: Rules, made: Switches) -> list[Thing]:
    """Return what the system that is no longer heard said since the switch and that is not so by the other's word."""
    switched = [name for name in WORDS if made.last(name) is not None]
    if made.pair is None or not switched:
        return []
    since_ms = min(last.at_ms for name in switched if (last := made.last(name)) is not None)
    found: dict[Place, Thing] = {}
    for some in in_lists(comparing.said_in_shadow(connection, made.pair, since_ms)):
        part = comparing.of_whom(connection, made.pair, rules, some, switched)
        found |= {(one.patient_key, one.slot): one for one in _corrections_among(part.things, made)}
    return [one for _, one in sorted(found.items())]


def _corrections_among(things: Iterable[Thing], made: Switches) -> list[Thing]:
    return [
        one
        for one in things
        if one.verdict != "agree"
        and (last := made.last(one.event_type)) is not None
        and (side := _not_heard(one, made)) is not None
        and side.shadow
        and side.kept_ms >= last.at_ms
    ]


def correcting_message(one: Thing, made: Switches) -> str:
    """Return the id of the message by which the system that is not heard says a thing; empty where it does not."""
    side = _not_heard(one, made)
    return side.message_id if side is not None else ""


def _not_heard(one: Thing, made: Switches) -> Side | None:
    return one.of(new=made.pair is not None and made.live(one.event_type) != made.pair.new)


def _to_continue(compared: Comparison, wish: Wish, *, new: bool) -> list[tuple[str, str]]:
    """What the feed that is heard from now on said in shadow and that is not so by the other's word.

    What agrees goes on as it is: nothing of it is said again. Who somebody is, is said of everybody: each system's
    number is to find them.
    """
    return [
        (side.message_id, one.event_type)
        for one in compared.things
        if one.event_type in wish.event_types
        and (one.verdict != "agree" or one.word == "person")
        and (side := one.of(new=new)) is not None
        and side.shadow
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
