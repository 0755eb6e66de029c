"""Lets urgent matters follow what hospital and council say: one for each kind of the table that a fact makes.

The table that held when it happened decides which kinds there are. What the facts no longer say is over, not lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ascbridge.discharge.keeping import store
from ascbridge.discharge.stay.case_view import case_view
from ascbridge.discharge.urgent import urgent_store
from ascbridge.discharge.urgent.urgent_facts import UrgentFact, urgent_facts
from ascbridge.discharge.urgent.urgent_state import urgent_desk, urgent_status
from ascbridge.discharge.urgent.urgent_store import Matter, matter_id

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.deciding.reference import Reference
    from ascbridge.events.facts.catalogue import StayChanged
    from ascbridge.reference.in_force import ReferenceLists
    from ascbridge.reference.urgent_matters import UrgentKind

_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class SeenStay:
    """A stay that was just decided about: whose it is (`keys`: every patient key of theirs), and how it stands.

    `joined`: another stay is told instead of it.
    """

    key: str
    patient_key: str
    person_id: str
    keys: tuple[str, ...]
    shown: StayChanged
    died: bool
    invented: str
    joined: bool = False


def follow_urgent(
    connection: Connection, reference: Reference, stays: Sequence[SeenStay], now_ms: int
) -> None:
    """Let the matters of these stays follow what is now so. Call it when what was heard is written."""
    known = urgent_store.of_spells(connection, [stay.key for stay in stays])
    have = {spell for spell, _ in known}
    kinds = reference.lists.urgent(now_ms).by_fact.values()
    within_ms = max((one.within_hours for one in kinds), default=0) * _HOUR_MS
    wanted = [stay for stay in stays if stay.key in have or _is_news(stay.shown, now_ms - within_ms)]
    if not wanted:
        return
    care = store.read_care(connection, {key for stay in wanted for key in stay.keys})
    changed: list[Matter] = []
    for stay in wanted:
        case = case_view(
            {key: care[key] for key in stay.keys if key in care}, died=stay.died, review_years=None
        )
        said = [(entry.kind, entry.value) for entry in case.entries]
        facts = urgent_facts(stay.shown, said, reference.codes, died=stay.died)
        mine = {code: one for (spell, code), one in known.items() if spell == stay.key}
        changed += _changed(stay, {one.when: one for one in facts}, mine, reference.lists, now_ms)
    urgent_store.save(connection, changed, now_ms)


def _is_news(shown: StayChanged, since_ms: int) -> bool:
    return any(at is not None and at >= since_ms for at in (shown.admitted_ms, shown.discharged_ms))


def _changed(
    stay: SeenStay,
    facts: Mapping[str, UrgentFact],
    mine: Mapping[str, Matter],
    lists: ReferenceLists,
    now_ms: int,
) -> Iterable[Matter]:
    """Give each matter of a stay that is not as it was."""
    for fact in facts.values():
        kind = lists.urgent(fact.since_ms).by_fact.get(fact.when)
        if kind is None or kind.code in mine or now_ms - fact.since_ms > kind.within_hours * _HOUR_MS:
            continue
        yield _new(stay, kind, fact, lists.urgent(fact.since_ms).ident, now_ms)
    for before in mine.values():
        after = _followed(stay, before, facts, lists, now_ms)
        if not urgent_store.same_but_for_time(before, after):
            yield after


def _new(stay: SeenStay, kind: UrgentKind, fact: UrgentFact, ident: str, now_ms: int) -> Matter:
    id = matter_id(stay.key, kind.code)
    status = urgent_status(urgent_desk((), fact.since_ms), holds=True, asks=bool(kind.asks))
    return Matter(
        id, stay.key, kind.code, ident, stay.patient_key, stay.person_id, status, fact.since_ms, now_ms, now_ms,
        fact.because, invented=stay.invented,
    )  # fmt: skip


def _followed(
    stay: SeenStay, before: Matter, facts: Mapping[str, UrgentFact], lists: ReferenceLists, now_ms: int
) -> Matter:
    kind = kind_of(lists, before)
    fact = facts.get(kind.when) if kind is not None and kind.when is not None else None
    since_ms = fact.since_ms if fact is not None else before.since_ms
    anew = fact is not None and (
        since_ms != before.since_ms or (not before.stands and before.status == "over")
    )
    desk = urgent_desk(before.acts, since_ms)
    holds = fact is not None or (desk.stated_ms is not None and not stay.died)
    status = urgent_status(desk, holds=holds, asks=kind is not None and bool(kind.asks))
    return replace(
        before,
        patient_key=stay.patient_key,
        person_id=stay.person_id,
        status=status,
        since_ms=since_ms,
        heard_ms=now_ms if anew else before.heard_ms,
        because=fact.because if fact is not None else before.because,
    )


def kind_of(lists: ReferenceLists, matter: Matter) -> UrgentKind | None:
    """Return the kind of a matter by the table that held when it happened; None where nobody knows that any more."""
    return lists.urgent(matter.since_ms).by_code.get(matter.code)
