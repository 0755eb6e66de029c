"""What a person wants to reach as FHIR's Goal (R4: UK Core has no profile of it), in their own words.

Of a restricted person there is none: words may tell where somebody is. Source: standards.md d.1. This module thinks; it
does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.care import SealedGoals, ShortTermEpisodeStated, SupportPlanStated
from ascbridge.record.mapping.care_mapping import CareMapping, resource_of
from ascbridge.uk_core import Json, fhir_id, partial_date, reference, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.record.views import CareView, Council

STATUS = {
    "draft": "proposed", "agreed": "active", "planned": "proposed", "live": "active", "ended": "completed",
}  # fmt: skip


def goal_ids(view: CareView) -> dict[str, str]:
    """Return the words of each goal that is published, by the id of its Goal."""
    if view.restricted or not isinstance(view.sealed, SealedGoals):
        return {}
    said = [words(each) for each in view.sealed.goals]
    return {f"{fhir_id(view.part_id)}.{number}": goal for number, goal in enumerate(said, 1) if goal}


def goals(view: CareView, _council: Council) -> Iterator[Json]:
    """Give a Goal for each."""
    fact = view.fact
    assert isinstance(fact, ShortTermEpisodeStated | SupportPlanStated)
    start = fact.started_on if isinstance(fact, ShortTermEpisodeStated) else fact.agreed_on
    day = partial_date(start)
    for goal_id, goal in goal_ids(view).items():
        yield resource_of(
            view,
            "Goal",
            goal_id.rpartition(".")[2],
            lifecycleStatus=STATUS[fact.status],
            description={"text": goal},
            subject=reference("Patient", fhir_id(view.person_id)),
            startDate=day if len(day) == len("2026-11-22") else "",
        )


MAPPING = CareMapping("goal", 1, "Goal", (SupportPlanStated, ShortTermEpisodeStated), goals)
