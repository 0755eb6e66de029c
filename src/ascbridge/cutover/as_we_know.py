"""Shows what one of two case systems told of whom and what by the ids that we know them by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.cutover.comparing import Side
from ascbridge.people import known_as
from ascbridge.people.known_as import REFERENCES, Crosswalk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from ascbridge.events.handlers.switches import Pair
    from ascbridge.events.ledgers.said_events import SaidEvent


class AsWeKnow:
    """Reads of the crosswalk what it needs for the events that it is shown, and no more."""

    def __init__(self, connection: Connection, pair: Pair) -> None:
        self._connection, self._new = connection, pair.new
        self._walk = Crosswalk(pair.new, (), own=not pair.same_ids)
        self._values: dict[str, Mapping[str, Any]] = {}

    def learn(self, events: Iterable[SaidEvent]) -> None:
        """Learn by which ids we know whom and what these are about."""
        told = {one.event_id: one for one in events if one.event_id not in self._values}
        self._values |= {id: orjson.loads(one.value) for id, one in told.items()}
        theirs = [one for one in told.values() if one.feed == self._new]
        named = {one.patient_key for one in theirs} | {id for one in theirs for id in self._ids(one)}
        if named:
            self._walk.learn(known_as.about(self._connection, [self._new], named))

    def side(self, one: SaidEvent) -> Side:
        """Return what an event says, by the ids that we know. It must have been learnt."""
        patient_key, slot, value = one.patient_key, one.slot, self._values[one.event_id]
        if one.feed == self._new:
            value = self._walk.value(slot.partition(":")[0], value)
            patient_key, slot = self._walk.person(patient_key), self._walk.slot(slot)
        return Side(
            patient_key, slot, value, one.sealed_digest, one.message_id, shadow=False, kept_ms=one.kept_ms
        )

    def _ids(self, one: SaidEvent) -> set[str]:
        """The ids of things that an event names: of its own, and of those that it refers to."""
        kind, _, own = one.slot.partition(":")
        value = self._values[one.event_id]
        return {own, *(str(value.get(name, "")) for name in REFERENCES.get(kind, {}))} - {""}
