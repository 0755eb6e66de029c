"""The life of a discharge task from the hospital's messages to its close, through every stage, and every way it heals.

The messages go through the door, the translator and the desk; people act on the pages' forms, as they do without scripts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.events.facts.catalogue import TaskFact
from ascbridge.storage.tables import desk_act, event_log, task
from ascbridge.web.app import create_app
from tests.journeys.read_back import read_back_from_fhir
from tests.web.city import MINUTE, City, hl7_time
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOUR = 60 * MINUTE
TO_ARRANGED: tuple[tuple[str, dict[str, str]], ...] = (
    ("accept", {}),
    ("stage", {"choice": "triaged"}),
    ("propose-pathway", {"choice": "home-with-support"}),
    ("confirm-pathway", {"choice": "home-with-support"}),
    ("stage", {"choice": "needs-captured"}),
    ("stage", {"choice": "sourcing"}),
    ("source", {"choice": "offered"}),
    ("stage", {"choice": "arranged"}),
)
AFTER_LEAVING: tuple[tuple[str, dict[str, str]], ...] = (
    ("stage", {"choice": "first-visit"}),
    ("stage", {"choice": "in-recovery"}),
    ("stage", {"choice": "assessment-due"}),
    ("complete", {"choice": "no-support"}),
)


class Life:
    """One stay of somebody: what the hospital says of it, and what the desk does. Each step is a minute after the last."""

    def __init__(self, city: City, nurse: Someone, number: str, letter: str = "A") -> None:
        self.city, self.nurse = city, nurse
        self.who: dict[str, Any] = {
            "local_id": f"L-{number[-4:]}",
            "nhs_number": number,
            "visit": f"V-{letter}",
        }
        self.seen = {row.task_id for row in city.rows(task)}

    def hears(self, trigger: str, *, ago: int = 0, **more: Any) -> Life:
        """Hear a message; `ago` (ms): it was recorded so long before now, and comes only now."""
        self.city.clock.at_ms += MINUTE
        now = self.city.clock.at_ms
        self.city.hear(trigger, now - ago, **{**self.who, **more})
        self.city.clock.at_ms = now
        return self

    def admitted(self) -> Life:
        return self.hears("A01")

    def ready(self) -> Life:
        return self.hears("A16", extra=("ZU1" + "|" * 22 + "Y||" + hl7_time(self.city.clock.at_ms)[:8],))

    def not_ready(self) -> Life:
        return self.hears("A25", extra=("ZU1" + "|" * 22 + 'N||""',))

    def left(self, method: str = "1", destination: str = "19") -> Life:
        at = hl7_time(self.city.clock.at_ms + MINUTE)
        return self.hears("A03", pv1={36: method, 37: destination, 45: at})

    def does(self, *steps: tuple[str, dict[str, str]]) -> Life:
        for act, form in steps:
            self.city.clock.at_ms += MINUTE
            path = f"/tasks/{self.row.task_id}"
            at = path if act in {"claim", "accept"} else f"{path}/{act}"
            answer = self.nurse.fill(f"{path}/{act}", f"{path}/accept" if act == "accept" else at, **form)
            assert answer.status_code == 303, (act, form, answer.text)
        return self

    def opened_by_hand(self) -> Life:
        self.city.clock.at_ms += MINUTE
        assert self.nurse.fill(f"/stays/{self.fact.spell}/open").status_code == 303
        return self

    @property
    def row(self) -> Any:
        (only,) = [row for row in self.city.rows(task) if row.task_id not in self.seen]
        return only

    @property
    def fact(self) -> TaskFact:
        return TaskFact.model_validate_json(self.row.body)

    @property
    def now(self) -> tuple[str, str, str]:
        """Status, stage and signal."""
        return self.fact.status, self.fact.stage, self.fact.signal


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """A city whose shared record says, at the end of every story, what its desk and its hospital say."""
    made = City(tmp_path)
    yield made
    read_back_from_fhir(made)
    made.close()


@pytest.fixture
def nurse(city: City) -> Someone:
    return Someone(create_app(city.parts())).sign_in("discharge-team")


@pytest.fixture
def iris(city: City, nurse: Someone) -> Life:
    return Life(city, nurse, "9993000019")


def test_support_at_home_from_the_first_message_to_the_close(iris: Life, nurse: Someone) -> None:
    iris.admitted().ready()
    assert iris.now == ("requested", "new", "ready")
    iris.does(*TO_ARRANGED)
    assert iris.now == ("in-progress", "arranged", "ready")
    assert (iris.fact.pathway, iris.fact.setting, iris.fact.sourcing) == (1, "home", "placed")
    iris.left()
    assert iris.now == ("in-progress", "discharged", "discharged")
    iris.does(*AFTER_LEAVING)
    assert iris.now == ("completed", "done", "discharged")
    times = list(iris.fact.milestones.values())
    assert len(times) == 12
    assert sorted(times) == sorted(set(times))
    page = nurse.get(f"/tasks/{iris.row.task_id}").text
    assert page.count("Done: <strong>") == 13  # new is the first
    assert "Next: " not in page


def test_somebody_with_dementia_goes_to_a_short_stay_in_housing_with_care_and_home_needs_no_more(
    iris: Life,
) -> None:
    iris.admitted().ready()
    iris.does(
        ("claim", {}),
        ("stage", {"choice": "triaged"}),
        ("confirm-pathway", {"choice": "housing-with-care-short-stay", "reason": "care-day-and-night"}),
        ("delay", {"choice": "delay-2024-07"}),
        ("stage", {"choice": "sourcing"}),
        ("source", {"choice": "failed", "reason": "no-capacity"}),
        ("source", {"choice": "requested"}),
        ("stage", {"choice": "arranged"}),
    )
    assert [one.reason for one in iris.fact.delays] == ["delay-2024-07"]
    iris.left("1", "54")
    assert iris.fact.delays[0].to_ms is not None
    assert iris.fact.route_reason is not None
    assert (iris.fact.route_reason.code, iris.fact.setting) == ("care-day-and-night", "housing-with-care")
    iris.does(*AFTER_LEAVING)
    assert iris.now == ("completed", "done", "discharged")


@pytest.mark.parametrize("steps", [1, 4, 8])
def test_not_ready_after_all_pauses_at_any_stage_and_ready_again_goes_on_where_it_was(
    iris: Life, steps: int
) -> None:
    iris.admitted().ready().does(*TO_ARRANGED[:steps])
    stage = iris.fact.stage
    assert iris.not_ready().now == ("on-hold", stage, "not-ready")
    assert iris.ready().now[1:] == (stage, "ready")
    assert iris.row.status == ("accepted" if steps == 1 else "in-progress")
    iris.does(*TO_ARRANGED[steps:]).left().does(*AFTER_LEAVING)
    assert iris.row.status == "completed"


def test_an_admission_withdrawn_takes_the_task_with_it_and_its_work_stays_in_the_story(iris: Life) -> None:
    iris.admitted().ready().does(*TO_ARRANGED[:5]).hears("A11")
    assert iris.now == ("entered-in-error", "needs-captured", "entered-in-error")
    assert len(iris.city.rows(desk_act)) == 5


def test_a_transfer_changes_the_ward_and_nothing_of_the_work(iris: Life) -> None:
    iris.admitted().ready().does(*TO_ARRANGED[:6])
    before = iris.fact
    iris.hears("A02", ward="W40^BAY 1^BED 1^RKB01")
    after = iris.fact
    assert after.ward is not None
    assert after.ward.ward == "W40"
    assert (after.stage, after.milestones, after.sought) == (before.stage, before.milestones, before.sought)


def test_who_leaves_on_their_own_is_told_to_the_duty_team_and_nothing_goes_on(iris: Life) -> None:
    iris.admitted().ready().does(*TO_ARRANGED).left("2")
    assert iris.now == ("cancelled", "arranged", "self-discharged")
    assert "tell-duty-team" in iris.fact.needs_a_look
    assert (iris.fact.due_ms is not None, iris.fact.escalates_ms, iris.fact.blocks) == (True, None, ())


@pytest.mark.parametrize("left_before", [False, True])
def test_a_death_stops_the_work_at_any_stage_and_withdrawn_it_goes_on_there(
    iris: Life, *, left_before: bool
) -> None:
    iris.admitted().ready().does(*TO_ARRANGED)
    if left_before:
        iris.left().does(AFTER_LEAVING[0])
    _, stage, signal = iris.now
    iris.hears("A31", pid={30: "Y"})
    assert iris.now == ("cancelled", stage, "died")
    assert (iris.fact.escalates_to, iris.fact.due_ms) == ("", None)
    iris.hears("A31", pid={30: "N"})
    assert iris.now == ("in-progress", stage, signal)
    iris.does(*(AFTER_LEAVING[1:] if left_before else ())) if left_before else iris.left().does(
        *AFTER_LEAVING
    )
    assert iris.row.status == "completed"


def test_a_merge_in_the_middle_keeps_task_and_stages(city: City, nurse: Someone, iris: Life) -> None:
    iris.admitted().ready().does(*TO_ARRANGED[:6])
    before = iris.row
    iris.hears("A40", local_id="L-9999", visit="", extra=("MRG|L-0019^^^RKB^MRN",))
    assert (iris.row.task_id, iris.row.stage) == (before.task_id, "sourcing")
    assert any("patients-linked" in row.headers for row in city.rows(event_log))
    assert iris.fact.needs_a_look == ()
    iris.who["local_id"] = "L-9999"
    iris.does(*TO_ARRANGED[6:]).left().does(*AFTER_LEAVING)
    assert iris.row.status == "completed"


def test_a_discharge_cancelled_after_closing_is_looked_at_opened_by_hand_and_closed_again(iris: Life) -> None:
    iris.admitted().ready().does(*TO_ARRANGED).left().does(*AFTER_LEAVING).hears("A13")
    assert iris.now == ("completed", "done", "ready")
    assert iris.fact.needs_a_look == ("changed-after-done",)
    iris.opened_by_hand()
    assert iris.now == ("requested", "new", "ready")
    assert (iris.fact.needs_a_look, iris.fact.milestones, iris.fact.pathway) == ((), {}, None)
    iris.does(*TO_ARRANGED).left().does(*AFTER_LEAVING)
    assert iris.row.status == "completed"


def test_a_discharge_cancelled_while_visits_go_on_is_looked_at_and_set_back(iris: Life) -> None:
    iris.admitted().ready().does(*TO_ARRANGED).left().does(*AFTER_LEAVING[:2]).hears("A13")
    assert iris.now == ("in-progress", "in-recovery", "ready")
    assert iris.fact.needs_a_look == ("back-after-leaving",)
    iris.does(("stage", {"choice": "arranged", "reason": "hospital-changed"}))
    assert iris.fact.needs_a_look == ()
    iris.left().does(*AFTER_LEAVING)
    assert iris.row.status == "completed"


def test_two_stays_at_once_have_two_tasks_that_know_nothing_of_one_another(
    city: City, nurse: Someone
) -> None:
    first = Life(city, nurse, "9993000019", "A")
    first.admitted().ready().does(*TO_ARRANGED)
    second = Life(city, nurse, "9993000019", "B")
    second.admitted().ready()
    first.seen.add(second.row.task_id)
    second.does(*TO_ARRANGED[:3])
    first.left().does(*AFTER_LEAVING)
    assert (first.now[0], second.now) == ("completed", ("in-progress", "pathway-proposed", "ready"))


def test_a_message_that_comes_late_after_closing_changes_nothing_that_was_done(iris: Life) -> None:
    iris.admitted().ready().does(*TO_ARRANGED).left().does(*AFTER_LEAVING)
    before = iris.fact
    iris.hears("A02", ago=14 * MINUTE, ward="W40^BAY 1^BED 1^RKB01")
    after = iris.fact
    assert iris.now == ("completed", "done", "discharged")
    assert (after.milestones, after.outcome, after.needs_a_look) == (before.milestones, before.outcome, ())
