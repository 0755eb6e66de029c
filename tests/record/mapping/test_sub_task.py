"""Work split off a discharge task as FHIR: part of that task, how far it is, and nothing of who offers a place."""

from dataclasses import replace
from typing import Any

from ascbridge.events.facts.split_work import SubTaskFact
from ascbridge.record.checks import check
from ascbridge.record.mapping.bundle import resources, shared
from ascbridge.record.mapping.sub_task import sub_task
from ascbridge.record.views import SubTaskView
from tests.record.samples import COUNCIL, PERSON, person

PARENT = "t" + "7" * 32
PLACING = SubTaskFact(
    task="u" + "1" * 32, parent=PARENT, spell="s" + "2" * 32, kind="brokerage", title="Find a package or a bed",
    revision=3, status="in-progress", state="offered", state_words="An offer came", signal="wanted",
    opened_ms=1_793_100_000_000, due_ms=1_793_103_600_000, owner_team="Brokerage Team", offers=2, offers_lost=1,
)  # fmt: skip
VIEW = SubTaskView(PERSON, PLACING, has_parent=True, has_stay=True, source="m1")


def with_fact(**values: Any) -> SubTaskView:
    return replace(VIEW, fact=PLACING.model_copy(update=values))


def said(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        each["type"]["coding"][0]["code"]: value
        for each in elements
        for name, value in each.items()
        if name.startswith("value")
    }


def test_it_is_part_of_its_task_and_says_how_far_it_is() -> None:
    made = sub_task(VIEW, COUNCIL)
    check(made)
    assert made["partOf"] == [{"reference": f"Task/{PARENT}"}]
    assert made["code"]["coding"][0]["code"] == "brokerage"
    assert (made["status"], made["businessStatus"]) == ("in-progress", {"text": "An offer came"})
    assert said(made["output"]) == {"offers": 2, "offers-lost": 1}
    assert made["owner"]["display"] == "Brokerage Team"
    assert made["restriction"]["period"] == {"end": "2026-10-27T12:20:00Z"}


def test_a_kind_of_the_councils_own_goes_out_in_its_words() -> None:
    made = sub_task(with_fact(kind="key-safe", title="Fit a key safe"), COUNCIL)
    check(made)
    assert made["code"] == {"text": "Fit a key safe"}


def test_what_blocks_and_when_it_ended_is_said() -> None:
    made = sub_task(
        with_fact(kind="equipment", status="completed", before_discharge=True, finished_ms=1_793_100_000_000),
        COUNCIL,
    )
    check(made)
    assert said(made["input"]) == {"needed-before-discharge": True}
    assert said(made["output"])["finished"] == "2026-10-27T11:20:00Z"


def test_without_its_task_and_stay_it_refers_to_neither() -> None:
    made = sub_task(
        replace(
            with_fact(due_ms=None, owner_team="", offers=0, offers_lost=0), has_parent=False, has_stay=False
        ),
        COUNCIL,
    )
    check(made)
    assert not {"partOf", "focus", "encounter", "owner", "restriction", "input", "output"} & made.keys()


def test_a_restricted_persons_is_marked_and_why_it_stopped_is_said() -> None:
    made = sub_task(replace(with_fact(status="cancelled", reason="died"), restricted=True), COUNCIL)
    check(made)
    assert made["meta"]["security"][0]["code"] == "R"
    assert made["statusReason"] == {"text": "died"}


def test_its_team_goes_with_it_and_it_is_withdrawn_when_the_person_is_gone() -> None:
    one = person(stays=(), tasks=(), sub_tasks=(VIEW,), published=("Task/u9",))
    made = {f"{each['resourceType']}/{each['id']}": each for each in resources(one, COUNCIL)}
    assert made[f"Task/{PLACING.task}"]["status"] == "in-progress"
    assert made["Task/u9"]["status"] == "entered-in-error"
    assert any(each.get("name") == "Brokerage Team" for each in shared([one], COUNCIL).values())
