"""What only this system knows about a stay, because it hears the hospital and the council: what to see to now. Pure.

Each prompt follows from facts alone and goes by itself when they change: a package that is suspended is not asked for
again, and a death that is taken back takes back that care is to be stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ascbridge.discharge.stay.case_view import Case, Entry
    from ascbridge.events.facts.catalogue import StayChanged

Code = Literal["stop-care", "suspend-care", "restart-care", "tell-worker", "ask-for-carer", "readmitted"]
READMITTED_MS = 30 * 24 * 3_600_000
"""A stay that begins so soon after another one ended is a readmission (NHS England: emergency readmission, 30 days)."""
_HERE = frozenset({"in-progress", "onleave"})
_GOES_ON = frozenset({"package", "placement", "short_term", "interim_support"})


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to see to. `count` is of how many things; `team` the council's own name of who looks after the person;
    `since_ms` when the earlier stay ended (UTC ms), for a readmission.
    """

    code: Code
    count: int = 0
    team: str = ""
    since_ms: int | None = None


def prompts(
    case: Case, stay: StayChanged, earlier: Iterable[StayChanged], *, died: bool
) -> tuple[Prompt, ...]:
    """Return what to see to about a stay; `earlier` are other stays of the same person, `died` by anybody's word."""
    if died:
        stops = [one for one in case.entries if one.stopped or _on_its_way(one)]
        return (Prompt("stop-care", len(stops)),) if stops else ()
    return (*_care(case, stay), *_people(case, stay), *_again(stay, earlier))


def _on_its_way(entry: Entry) -> bool:
    return entry.kind == "equipment" and entry.says("status") == "ordered"


def _care(case: Case, stay: StayChanged) -> Iterable[Prompt]:
    packages = case.of("package")
    live = [one for one in packages if one.says("status") == "live"]
    suspended = [one for one in packages if one.says("status") == "suspended"]
    if stay.status in _HERE and live:
        yield Prompt("suspend-care", len(live))
    leaves = stay.status == "finished" or (stay.status in _HERE and bool(stay.ready_on))
    if leaves and suspended:
        yield Prompt("restart-care", len(suspended))


def _people(case: Case, stay: StayChanged) -> Iterable[Prompt]:
    """Who is known to the council comes in: their worker is told, and somebody asks whether a carer is left alone."""
    if stay.status not in _HERE:
        return
    team = next((one.says("team") for one in case.of("worker") if one.says("team")), "")
    if team:
        yield Prompt("tell-worker", team=team)
    known = team or any(one.kind in _GOES_ON and one.says("status") != "ended" for one in case.entries)
    carers = [one for one in case.of("carer") if one.says("status") != "ended"]
    said_none = any(one.says("has_unpaid_carer") == "no" for one in case.of("circumstances"))
    if known and not carers and not said_none:
        yield Prompt("ask-for-carer")


def _again(stay: StayChanged, earlier: Iterable[StayChanged]) -> Iterable[Prompt]:
    if stay.admitted_ms is None or stay.status in {"entered-in-error", "cancelled"}:
        return
    ended = [
        one.discharged_ms
        for one in earlier
        if one.spell != stay.spell
        and one.status == "finished"
        and one.discharged_ms is not None
        and 0 <= stay.admitted_ms - one.discharged_ms <= READMITTED_MS
    ]
    if ended:
        yield Prompt("readmitted", since_ms=max(ended))
