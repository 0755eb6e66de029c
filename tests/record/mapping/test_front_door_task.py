"""A task of the front door as FHIR: what it is about, since when somebody waits, and what came of it."""

from dataclasses import replace
from typing import Any

import pytest

from ascbridge.events.facts.front_door import FrontDoorTask
from ascbridge.record.checks import check
from ascbridge.record.mapping.bundle import resources, shared
from ascbridge.record.mapping.front_door_task import front_door_task
from ascbridge.record.views import DoorTaskView
from tests.record.samples import COUNCIL, PERSON, person

TRIAGE = FrontDoorTask(
    task="t" + "7" * 32, kind="triage", about="contact:C1", revision=1, status="requested", stage="new",
    signal="waiting", opened_ms=1_793_100_000_000, due_ms=1_793_103_600_000, owner_team="Initial Contact Team",
    since_on="2026-11-01", last_contact_on="2026-11-03", asked_for="CANARY words",
)  # fmt: skip
VIEW = DoorTaskView(PERSON, TRIAGE, request_id="c" + "1" * 32, source="m1")


def with_fact(**values: Any) -> DoorTaskView:
    return replace(VIEW, fact=TRIAGE.model_copy(update=values))


def test_it_says_since_when_until_when_whose_and_what_about() -> None:
    made = front_door_task(VIEW, COUNCIL)
    check(made)
    assert (made["status"], made["code"]["coding"][0]["code"]) == ("requested", "triage")
    assert made["focus"] == {"reference": f"ServiceRequest/{VIEW.request_id}"}
    assert made["restriction"]["period"] == {"end": "2026-10-27T12:20:00Z"}
    assert {one["type"]["coding"][0]["code"]: one["valueDate"] for one in made["input"]} == {
        "since": "2026-11-01", "last-contact": "2026-11-03",
    }  # fmt: skip
    assert made["owner"]["display"] == "Initial Contact Team"
    assert "CANARY" not in str(made)


@pytest.mark.parametrize(
    "outcome, stated, said",
    [("signposted", "", "signposted"), ("", "nhs", "nhs"), ("resolved", "nhs", "resolved")],
)
def test_the_desks_word_of_the_outcome_stands_before_the_case_systems(
    outcome: str, stated: str, said: str
) -> None:
    made = front_door_task(with_fact(status="completed", outcome=outcome, stated_outcome=stated), COUNCIL)
    check(made)
    (output,) = made["output"]
    assert output["valueCodeableConcept"] == {"text": said}


def test_the_smallest_task_is_one_too() -> None:
    least = FrontDoorTask(
        task="t1",
        kind="review",
        about="review",
        revision=1,
        status="cancelled",
        stage="new",
        signal="died",
        opened_ms=0,
    )
    made = front_door_task(DoorTaskView(PERSON, least), COUNCIL)
    check(made)
    assert not {"focus", "owner", "restriction", "input", "output"} & made.keys()


def test_a_restricted_persons_is_marked() -> None:
    made = front_door_task(replace(VIEW, restricted=True), COUNCIL)
    assert made["meta"]["security"][0]["code"] == "R"


def test_its_team_goes_with_it_and_it_is_withdrawn_when_the_person_is_gone() -> None:
    one = person(stays=(), tasks=(), door_tasks=(VIEW,), published=("Task/t9",))
    made = {f"{each['resourceType']}/{each['id']}": each for each in resources(one, COUNCIL)}
    assert made[f"Task/{TRIAGE.task}"]["status"] == "requested"
    assert made["Task/t9"]["status"] == "entered-in-error"
    assert any(each.get("name") == "Initial Contact Team" for each in shared([one], COUNCIL).values())
