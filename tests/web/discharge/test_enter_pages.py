"""A stay entered by hand: one task, kept as messages are, and joined with the hospital's own messages when they come."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.events.facts.catalogue import TaskFact
from ascbridge.intake.doors.desk_door import NotKept
from ascbridge.storage.tables import audit, message, patient, task
from ascbridge.web.app import create_app
from tests.web.city import MINUTE, City, hl7_time
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILLED: dict[str, Any] = {
    "nhs_number": "999 300 0019", "checked": "yes", "family_name": "Evans", "given_names": "Mary Joy", "birth_date": "1941-03-14",
    "site": "RKB01", "ward": "W12", "ready": "yes",
}  # fmt: skip
SENT: dict[str, Any] = {
    "local_id": "L100", "visit": "V100", "name": "EVANS^MARY^JOY^^MRS^^L", "born": "19410314", "nhs_number": "9993000019",
    "ward": "W21^BAY 3^BED 4^RKB01",
}  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path / "city")
    yield made
    made.close()


@pytest.fixture
def nurse(city: City) -> Someone:
    return Someone(create_app(city.parts())).sign_in("discharge-team")


def enter(nurse: Someone, **fields: Any) -> Any:
    return nurse.fill("/enter-stay", **{**FILLED, **fields})


def at_work(city: City) -> list[TaskFact]:
    facts = [TaskFact.model_validate_json(row.body) for row in city.rows(task)]
    return [fact for fact in facts if fact.status not in {"cancelled", "entered-in-error"}]


def hears(city: City, trigger: str, **more: Any) -> None:
    city.clock.at_ms += MINUTE
    city.hear(trigger, **{**SENT, **more})


def ready(city: City, **more: Any) -> None:
    hears(city, "A16", extra=("ZU1" + "|" * 22 + "Y||" + hl7_time(city.clock.at_ms)[:8],), **more)


def test_what_is_entered_becomes_a_task(city: City, nurse: Someone) -> None:
    answer = enter(nurse)
    assert answer.status_code == 303, answer.text
    answer = nurse.get(answer.headers["location"])
    (fact,) = at_work(city)
    assert answer.headers["location"] == f"/tasks/{fact.task}?done=entered"
    assert (fact.status, fact.signal, fact.rule) == ("requested", "ready", "ready-opens@2:entered-by-hand")
    page = nurse.get(answer.headers["location"]).text
    assert "EVANS, Mary Joy" in page
    assert "No message from the hospital has come about this stay" in page
    assert "Entered by hand: yes" in page
    assert "stay entered by hand" in [row.what for row in city.rows(audit)]


def test_who_will_be_ready_says_when(city: City, nurse: Someone) -> None:
    enter(nurse, ready="no", expected_on="2026-10-22", admitted_on="2026-10-12")
    (fact,) = at_work(city)
    assert (fact.signal, fact.expected_discharge) == ("in-hospital", "2026-10-22")


def test_sent_twice_it_is_kept_once_and_one_task(city: City, nurse: Someone) -> None:
    page = nurse.get("/enter-stay").text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    city.clock.at_ms += MINUTE
    first = nurse.post("/enter-stay", data={**hidden, **FILLED})
    city.clock.at_ms += MINUTE
    again = nurse.post("/enter-stay", data={**hidden, **FILLED, "other": "true"})
    assert first.headers["location"] == again.headers["location"]
    kept = [row for row in city.rows(message) if row.feed == "desk" and row.outcome == "kept"]
    assert (len(kept), len(city.rows(task))) == (1, 1)


def test_entered_by_a_second_person_it_is_shown_and_entered_all_the_same_it_is_one_task(
    city: City, nurse: Someone
) -> None:
    enter(nurse)
    answer = enter(nurse)
    assert answer.status_code == 409
    assert "They may be here already" in answer.text
    assert "the same NHS number" in answer.text
    assert len(city.rows(task)) == 1
    answer = enter(nurse, other="true")
    assert nurse.get(answer.headers["location"]).headers["location"].startswith("/tasks/")
    assert len(at_work(city)) == 1


def test_the_hospitals_messages_join_the_task_and_go_on_with_it(city: City, nurse: Someone) -> None:
    enter(nurse)
    (before,) = at_work(city)
    nurse.fill(f"/tasks/{before.task}", f"/tasks/{before.task}/accept")
    hears(city, "A01")
    ready(city)
    (after,) = at_work(city)
    assert (after.task, after.ward and after.ward.ward) == (before.task, "W21")
    assert len(city.rows(task)) == 1
    hears(city, "A25", extra=("ZU1" + "|" * 22 + 'N||""',))
    assert at_work(city)[0].status == "on-hold"
    page = nurse.get(f"/tasks/{before.task}").text
    assert "own messages about this stay came, and go on with this task" in page
    assert "A25" in page, "the hospital's messages stand in its story"


def test_replayed_into_a_fresh_bridge_it_is_the_same_one_task(
    city: City, nurse: Someone, tmp_path: Path
) -> None:
    enter(nurse)
    hears(city, "A01")
    ready(city)
    only = at_work(city)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    for name in ("kept.db", "keys.db"):
        for kept in (tmp_path / "city").glob(f"{name}*"):
            shutil.copy(kept, fresh / kept.name)
    again = City(fresh)
    again.clock.at_ms = city.clock.at_ms
    try:
        again.work()
        told = at_work(again)
        same = {"revision"}
        assert [one.model_dump(exclude=same) for one in told] == [
            one.model_dump(exclude=same) for one in only
        ]
    finally:
        again.close()


def test_what_was_kept_before_a_stop_is_a_task_after_it(city: City, tmp_path: Path) -> None:
    async def kept_only(entry: bytes) -> str:
        city.arrive("desk", entry, work=False)
        return ""

    nurse = Someone(create_app(city.parts(enter=kept_only))).sign_in("discharge-team")
    answer = enter(nurse)
    page = nurse.get(answer.headers["location"])
    assert (page.status_code, page.headers["refresh"]) == (200, "2")
    assert "It is kept" in page.text
    assert city.rows(task) == []
    city.work()
    assert len(at_work(city)) == 1
    assert nurse.get(answer.headers["location"]).status_code == 303


def test_what_cannot_be_kept_now_is_told_and_stays_typed(city: City) -> None:
    async def refuses(_: bytes) -> str:
        raise NotKept("not now")

    nurse = Someone(create_app(city.parts(enter=refuses))).sign_in("discharge-team")
    answer = enter(nurse)
    assert answer.status_code == 422
    assert "It is not kept: not now" in answer.text
    assert 'value="Mary Joy"' in answer.text


@pytest.mark.parametrize(
    "fields, at",
    [
        ({"nhs_number": "9993000018"}, "nhs_number"),
        ({"nhs_number": "", "local_number": ""}, "nhs_number"),
        ({"checked": ""}, "checked"),
        ({"birth_date": ""}, "birth_date"),
        ({"birth_date": "14.3.1941"}, "birth_date"),
        ({"site": "XYZ"}, "site"),
        ({"ready": ""}, "ready"),
    ],
)
def test_faults_are_told_at_their_fields(city: City, nurse: Someone, fields: dict[str, str], at: str) -> None:
    answer = enter(nurse, **fields)
    assert answer.status_code == 422
    assert f'href="#{at}"' in answer.text
    assert [row for row in city.rows(message) if row.feed == "desk"] == []


def test_a_number_that_nobody_checked_joins_nothing_by_itself(city: City, nurse: Someone) -> None:
    enter(nurse, checked="no")
    hears(city, "A01")
    ready(city)
    assert len(at_work(city)) == 2
    assert len({row.person_id for row in city.rows(patient)}) == 2


def test_without_a_number_name_birth_date_and_the_hospitals_number_are_enough(
    city: City, nurse: Someone
) -> None:
    assert enter(nurse, nhs_number="", checked="", local_number="L100").status_code == 303
    assert len(at_work(city)) == 1


def test_nothing_was_entered_under_that_name(nurse: Someone) -> None:
    assert nurse.get("/enter-stay/nothing").status_code == 404


def test_somebody_who_only_looks_enters_nothing(city: City) -> None:
    auditor = Someone(create_app(city.parts())).sign_in("auditor")
    assert auditor.get("/enter-stay").status_code == 403
