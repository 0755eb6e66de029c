"""What is proposed to be split off, and by which stated fact: dementia, an interpreter, equipment. Pure.

A proposal is a question to people. Nothing is split off by itself, and nothing is proposed that nobody stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.discharge.deciding.rules import Told
    from ascbridge.discharge.stay.case_view import Case, Entry
    from ascbridge.events.facts.split_work import SubTaskFact
    from ascbridge.reference.sub_task_kinds import SubTasks

WHY = {
    "dementia": "The council recorded dementia",
    "interpreter": "The council recorded that an interpreter is needed",
    "equipment": "The council ordered equipment that is needed to go home",
    "no-fixed-address": "The hospital, or who entered the stay, said that there is no fixed address",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """One kind of work that a fact proposes. `event` made that fact, which holds since `since_ms` (UTC ms).

    `about` is the thing that it is about, `what` that thing's own kind.
    """

    kind: str
    words: str
    team: str
    why: str
    event: str
    since_ms: int
    about: str = ""
    what: str = ""
    before_discharge: bool = False


def proposals(
    case: Case, there: Sequence[SubTaskFact], kinds: SubTasks, nowhere: Told | None = None
) -> tuple[Proposal, ...]:
    """Return what to propose, in the order of the list; what was ever split off is not asked again.

    `nowhere` is what says that the person has no fixed address.
    """
    found = []
    for kind in kinds.work:
        if kind.proposed_by is None:
            continue
        if kind.proposed_by == "no-fixed-address":
            if nowhere is not None and not any(one.kind == kind.code for one in there):
                why = WHY[kind.proposed_by]
                found.append(Proposal(kind.code, kind.words, kind.team, why, nowhere.event, nowhere.at_ms))
            continue
        for entry in _stating(case, kind.proposed_by):
            about = f"equipment:{entry.id}" if kind.proposed_by == "equipment" else ""
            if any((one.about == about) if about else (one.kind == kind.code) for one in there):
                continue
            found.append(
                Proposal(
                    kind=kind.code,
                    words=kind.words,
                    team=kind.team,
                    why=WHY[kind.proposed_by],
                    event=entry.says("event"),
                    since_ms=int(entry.value.get("since_ms", 0)),
                    about=about,
                    what=entry.says("kind") if about else "",
                    before_discharge=bool(about),
                )
            )
    return tuple(found)


def _stating(case: Case, fact: str) -> list[Entry]:
    """Return the statements that propose."""
    if fact == "dementia":
        return [one for one in case.of("circumstances") if one.says("dementia") == "yes"]
    if fact == "interpreter":
        return [one for one in case.of("communication") if one.says("interpreter") == "yes"]
    return [
        one
        for one in case.of("equipment")
        if one.value.get("needed_for_discharge") and one.says("status") in {"ordered", "failed"}
    ]
