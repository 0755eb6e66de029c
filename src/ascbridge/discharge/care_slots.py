"""What the council said of its people, kept slot by slot: known, each package of care, who looks after them.

For each slot the last recorded statement decides. `since_ms` is when the present value began to hold: saying
the same again every night is nothing new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.discharge.decision import Council
from ascbridge.discharge.rules import Told
from ascbridge.discharge.store import CareRow
from ascbridge.events.catalogue import KnownToCare, PackageStated, WorkerAllocated
from ascbridge.people.stamps import sortable

if TYPE_CHECKING:
    from collections.abc import Sequence

CareFact = KnownToCare | PackageStated | WorkerAllocated


def slot_of(fact: CareFact) -> tuple[str, dict[str, Any]]:
    """Return the slot a council fact is about, and what it says."""
    match fact:
        case KnownToCare():
            return "known", {"known": fact.known}
        case PackageStated():
            said = fact.model_dump(include={"status", "kind", "started_on", "ended_on"})
            return f"package:{fact.package}", said
        case WorkerAllocated():
            return "worker", {"team": fact.team}


def next_row(before: CareRow | None, fact: CareFact, message_id: str, event_id: str) -> CareRow | None:
    """Return a slot's row with one more statement, or None where that changes nothing."""
    stamp = sortable(fact.stamp, message_id, fact.stamp.translation)
    _, said = slot_of(fact)
    since = fact.stamp.recorded_ms
    if before is None:
        return CareRow(stamp, {**said, "event": event_id, "since_ms": since})
    same = all(before.value.get(name) == value for name, value in said.items())
    if stamp <= before.stamp:
        if not same or since >= before.value["since_ms"]:
            return None
        earlier = {**before.value, "since_ms": since}
        return CareRow(before.stamp, earlier, before.sealed, before.sealed_event, before.key_id)
    value = {**said, "event": event_id, "since_ms": before.value["since_ms"] if same else since}
    return CareRow(stamp, value)


def council_view(said: Sequence[tuple[str, CareRow]]) -> Council:
    """Return what the council says of a person: `said` holds slots and rows of all their patient keys."""
    known, worker = _last(said, "known"), _last(said, "worker")
    packages = sorted((pair for pair in said if pair[0].startswith("package:")), key=lambda pair: pair[0])
    return Council(
        known=_told(known, "yes" if known.value["known"] else "no", "KnownToCare") if known else None,
        packages=tuple(_told(row, row.value["status"], "PackageStated") for _, row in packages),
        allocated=_told(worker, "yes", "WorkerAllocated") if worker and worker.value["team"] else None,
    )


def _last(said: Sequence[tuple[str, CareRow]], wanted: str) -> CareRow | None:
    return max((row for slot, row in said if slot == wanted), key=lambda row: row.stamp, default=None)


def _told(row: CareRow, value: str, fact: str) -> Told:
    return Told(value, row.value["event"], fact, row.value["since_ms"])
