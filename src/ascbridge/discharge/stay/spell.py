"""A spell is a fold over statements: one hospital stay, as far as everything said about it decides.

The state is a join-semilattice: `merge` is commutative, associative and idempotent, so that any order and
any repetition of a spell's messages gives the same state. For most slots it holds one statement, the deciding
one, and a merge costs the same however long the stay. What a merge cannot do is forget: when a message is
translated again its earlier statements go, and what they had hidden must be found again. `outdated` says so,
and the spell is folded afresh from its evidence (`fold`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.discharge.stay.statements import Said, Statement, order_of, statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Slots = dict[str, tuple[Statement, ...]]


@dataclass(frozen=True, slots=True)
class SpellState:
    """The deciding statements of each slot (more than one only where they tie), and retranslated messages.

    `translations` holds, for each message that was translated again, the highest translation: only it counts.
    """

    slots: Slots = field(default_factory=dict)
    translations: dict[str, int] = field(default_factory=dict)

    def head(self, slot: str) -> Statement | None:
        """Return the statement that decides; among equal stamps the one of the last message id."""
        held = self.slots.get(slot)
        if not held:
            return None
        return held[0] if len(held) == 1 else max(held, key=lambda s: (s.message, s.event))

    def value(self, slot: str, default: Any = None) -> Any:
        """Return what the deciding statement says, or `default` where nobody said anything."""
        head = self.head(slot)
        return default if head is None else head.value

    def named(self, slot: str) -> dict[str, Statement]:
        """Return the deciding statement of every slot ``slot:name``, by its name."""
        start = slot + ":"
        found = {}
        for full in self.slots:
            if full.startswith(start) and (head := self.head(full)):
                found[full.removeprefix(start)] = head
        return found


EMPTY = SpellState()


def outdated(state: SpellState, said: Said) -> bool:
    """Whether `said` belongs to a later translation than what `state` may hold of its message."""
    return said.translation > state.translations.get(said.message, 0)


def merge(state: SpellState, said: Said) -> SpellState:
    """Return the state with one more fact. A translation that a later one has replaced adds nothing.

    Raises `ValueError` where `outdated` holds: then the spell must be folded afresh.
    """
    if outdated(state, said):
        raise ValueError("a message was translated again: fold the spell afresh from its evidence")
    if said.translation < state.translations.get(said.message, 0):
        return state
    slots = dict(state.slots)
    for slot, statement in statements(said):
        slots[slot] = _JOIN[order_of(slot)](slots.get(slot, ()), statement)
    return SpellState(_of_this_period(slots), state.translations)


def together(states: Iterable[SpellState]) -> SpellState:
    """Return one state of several: what was said of one stay under two names, as if it had been said under one."""
    slots: Slots = {}
    translations: dict[str, int] = {}
    for state in states:
        for slot, held in state.slots.items():
            for statement in held:
                slots[slot] = _JOIN[order_of(slot)](slots.get(slot, ()), statement)
        for message, translation in state.translations.items():
            translations[message] = max(translation, translations.get(message, 0))
    return SpellState(_of_this_period(slots), translations)


def _of_this_period(slots: Slots) -> Slots:
    """Keep no ready from before the last not-ready."""
    if "ready" in slots and "not_ready" in slots:
        since = slots["not_ready"][0].stamp
        slots["ready"] = tuple(s for s in slots["ready"] if s.stamp >= since)
    return slots


def fold(everything: Iterable[Said], translations: Mapping[str, int] | None = None) -> SpellState:
    """Fold all that was ever said about a spell. `translations` are those known from elsewhere."""
    heard = list(everything)
    highest = dict(translations or {})
    for said in heard:
        if said.translation > highest.get(said.message, 0):
            highest[said.message] = said.translation
    state = SpellState({}, highest)
    for said in heard:
        state = merge(state, said)
    return state


def without(state: SpellState, slot: str) -> SpellState:
    """Return the state less one slot, which evidence may give back (`fold`)."""
    return SpellState({name: held for name, held in state.slots.items() if name != slot}, state.translations)


def to_json(state: SpellState) -> bytes:
    """Write a state as compact JSON, the same bytes for the same state."""
    slots = {slot: [tuple(s) for s in held] for slot, held in state.slots.items()}
    return orjson.dumps({"slots": slots, "translations": state.translations}, option=orjson.OPT_SORT_KEYS)


def from_json(text: bytes) -> SpellState:
    """Read what `to_json` wrote."""
    data = orjson.loads(text)
    slots = {slot: tuple(_statement(one) for one in held) for slot, held in data["slots"].items()}
    return SpellState(slots, data["translations"])


def _statement(values: list[Any]) -> Statement:
    return Statement._make([*values[:-1], _frozen(values[-1])])


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _distinct(held: tuple[Statement, ...], new: Statement) -> tuple[Statement, ...]:
    """Keep one statement for each value and stamp: of the same said twice, the one of the last message id."""
    kept: dict[tuple[Any, ...], Statement] = {}
    for one in (*held, new):
        same = (one.stamp, one.value)
        if same not in kept or (one.message, one.event) > (kept[same].message, kept[same].event):
            kept[same] = one
    return tuple(sorted(kept.values(), key=lambda s: (s.stamp, s.message, s.event)))


def _last_recorded(held: tuple[Statement, ...], new: Statement) -> tuple[Statement, ...]:
    if not held or new.stamp > held[0].stamp:
        return (new,)
    return held if new.stamp < held[0].stamp else _distinct(held, new)


def _latest_occurred(held: tuple[Statement, ...], new: Statement) -> tuple[Statement, ...]:
    if not held or new.place > held[0].place:
        return (new,)
    return held if new.place < held[0].place else _distinct(held, new)


def _first_recorded(held: tuple[Statement, ...], new: Statement) -> tuple[Statement, ...]:
    return (min((*held, new), key=lambda s: (s.stamp, s.message, s.event)),)


_JOIN = {
    "recorded": _last_recorded,
    "occurred": _latest_occurred,
    "first": _first_recorded,
    "every": _distinct,
}
