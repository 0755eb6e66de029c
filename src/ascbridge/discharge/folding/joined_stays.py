"""What joining asks of the stays in memory: whose each is by its own messages, which of one person's are one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from ascbridge.discharge.deciding.desk_state import desk_state
from ascbridge.discharge.stay.joining import JOINED, Entered, Told, entered, joins, told
from ascbridge.discharge.stay.spell import SpellState, together
from ascbridge.discharge.stay.spell_view import view

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ascbridge.discharge.keeping.store import Stay

_YIELDS = frozenset({"ward", "facility"})


def into(stay: Stay) -> str:
    """Return under which stay this one was told when it was last written; empty: under its own."""
    return str(orjson.loads(stay.explanation)["into"]) if stay.decision == JOINED else ""


def patient_of(stay: Stay) -> str:
    """Return whose a stay is by what was said of it alone, whatever it is joined with."""
    return view(stay.state, stay.patient_key).patient


def as_one(by_hand: SpellState, others: Iterable[SpellState]) -> SpellState:
    """Return all that was said of a stay under several names. Where the hospital says which ward, its own word for it
    holds, whenever somebody typed another.
    """
    told = list(others)
    said = {slot for state in told for slot in state.slots}
    own = {slot: held for slot, held in by_hand.slots.items() if slot not in _YIELDS & said}
    return together([SpellState(own, by_hand.translations), *told])


def with_theirs(key: str, joined: Mapping[str, str]) -> set[str]:
    """Return a stay with those that are now joined with it."""
    root = joined.get(key, key)
    return {key, root, *(one for one, into in joined.items() if into == root)}


def joins_of(stays: Iterable[Stay]) -> dict[str, str]:
    """Return into which stay each of one person's stays is joined, for those that are."""
    by_hand: list[Entered] = []
    others: dict[str, Told | None] = {}
    for stay in stays:
        desk = desk_state(stay.acts)
        if (one := entered(stay.key, stay.state, desk.joined, desk.apart)) is not None:
            by_hand.append(one)
        else:
            others[stay.key] = told(stay.key, view(stay.state, stay.patient_key))
    return joins(by_hand, others) if by_hand else {}
