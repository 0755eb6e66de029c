"""What the council said of its people, kept slot by slot: known, each package of care, each review, and so on.

For each slot the last recorded statement decides. `since_ms` is when the present value began to hold: saying
the same again every night is nothing new. `heard_ms` is when we heard it first, which is later where it came late; what
an event seals cannot be compared, so a thing with names or words in it was heard whenever it was last recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.discharge.deciding.decision import Council
from ascbridge.discharge.deciding.rules import Told
from ascbridge.discharge.keeping.store import CareRow
from ascbridge.events.facts.catalogue import CouncilFact, KnownToCare, PackageStated, WorkerAllocated
from ascbridge.people.stamps import sortable

if TYPE_CHECKING:
    from collections.abc import Sequence

CareFact = KnownToCare | PackageStated | WorkerAllocated
"""What a decision about a stay rests on; everything else that the council says is told, and decides nothing."""
_APART = {"stamp", "marks"}


def slot_of(fact: CouncilFact) -> str:
    """Return the slot a council fact is about."""
    return f"{fact.slot}:{getattr(fact, fact.about)}" if fact.about else fact.slot


def _said(fact: CouncilFact) -> dict[str, Any]:
    return fact.model_dump(mode="json", exclude={*_APART, fact.about})


def next_row(before: CareRow | None, fact: CouncilFact, message_id: str, event_id: str) -> CareRow | None:
    """Return a slot's row with one more statement, or None where that changes nothing."""
    stamp = sortable(fact.stamp, message_id, fact.stamp.translation)
    said = _said(fact)
    since = fact.stamp.recorded_ms
    if before is None:
        return CareRow(stamp, {**said, "event": event_id, "since_ms": since})
    was = before.value
    same = all((was[name] if name in was else _unsaid(fact, name)) == value for name, value in said.items())
    if stamp <= before.stamp:
        if not same or since >= before.value["since_ms"]:
            return None
        earlier = {**before.value, "since_ms": since}
        return CareRow(before.stamp, earlier, before.sealed, before.sealed_event, before.key_id)
    value = {**said, "event": event_id, "since_ms": before.value["since_ms"] if same else since}
    if same and fact.seals is None and "heard_ms" in was:
        value["heard_ms"] = was["heard_ms"]
    return CareRow(stamp, value)


def _unsaid(fact: CouncilFact, name: str) -> object:
    """What a field is that a row lacks, because it was written before there was such a field."""
    default = type(fact).model_fields[name].get_default()
    return list(default) if isinstance(default, tuple) else default


def council_view(said: Sequence[tuple[str, CareRow]]) -> Council:
    """Return what the council says of a person: `said` holds slots and rows of all their patient keys."""
    known, worker = last_of(said, "known"), last_of(said, "worker")
    packages = sorted((pair for pair in said if pair[0].startswith("package:")), key=lambda pair: pair[0])
    return Council(
        known=_told(known, "yes" if known.value["known"] else "no", "KnownToCare") if known else None,
        packages=tuple(_told(row, row.value["status"], "PackageStated") for _, row in packages),
        allocated=_told(worker, "yes", "WorkerAllocated") if worker and worker.value["team"] else None,
    )


def last_of(said: Sequence[tuple[str, CareRow]], wanted: str) -> CareRow | None:
    """Return what the council said last of a slot, under whichever patient key; None where it said nothing."""
    return max((row for slot, row in said if slot == wanted), key=lambda row: row.stamp, default=None)


def _told(row: CareRow, value: str, fact: str) -> Told:
    return Told(value, row.value["event"], fact, row.value["since_ms"])
