"""The dementia discharge of a hip fracture, from messages to the closed task: split-off work, the pack, and what goes wrong.

A made-up story of the kind that the council's papers tell: a broken hip, dementia, calls at home, a walker, an occupational
therapist, a locksmith and the Carers Trust.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.discharge.acts import desk, stage_acts
from ascbridge.discharge.acts.desk import NotNow, Sitting
from ascbridge.discharge.acts.pack_desk import PackWish, pack_change
from ascbridge.discharge.pack.pack_store import read_pack
from ascbridge.events.facts.split_work import SubTaskFact
from ascbridge.record.checks import check
from ascbridge.record.gathering import gather
from ascbridge.record.mapping.bundle import resources
from ascbridge.record.views import Council
from ascbridge.storage.tables import sub_task, task
from ascbridge.web.app import create_app
from tests.web.city import MINUTE, City, hl7_time, zu1
from tests.web.conftest import Someone
from tests.web.splitting import AMINA, act, split, sub_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOUR = 60 * MINUTE
ADA = {"local_id": "L500", "visit": "V500", "name": "WHITLOCK^ADA^^^MRS^^L", "born": "19380512",
       "nhs_number": "9993000019", "ward": "W21^BAY B^BED 4^RKB01"}  # fmt: skip
COUNCIL_ADA = ("C500", "9993000019", ("WHITLOCK", "ADA"), "1938-05-12")
COVENTRY = Council("Coventry City Council", "306", "https://fhir.coventry.gov.uk/Id")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path)
    yield made
    made.close()


def council(city: City, fact: str, **said: Any) -> None:
    city.clock.at_ms += MINUTE
    city.council(*COUNCIL_ADA, fact, **{fact: said})


def frame(city: City, status: str) -> None:
    council(city, "equipment", id="E7", category="equipment", kind="four-wheeled-walker", status=status,
            needed_for_discharge=True)  # fmt: skip


def at_desk(city: City, what: Any, *more: str) -> None:
    city.clock.at_ms += MINUTE
    (row,) = city.rows(task)
    sitting = Sitting(city.desk, AMINA, row.desk_version, city.clock.at_ms)
    city.bridge.write_now(lambda c: what(c, sitting, row.task_id, *more))
    city.work()


def pack(city: City, what: Any, *items: str, **more: Any) -> None:
    city.clock.at_ms += MINUTE
    (row,) = city.rows(task)
    version = city.bridge.read_now(lambda c: read_pack(c, row.task_id)).version
    sitting = Sitting(city.desk, AMINA, version, city.clock.at_ms)
    city.bridge.write_now(lambda c: pack_change(c, sitting, row.task_id, PackWish(what, items, **more)))
    city.work()


def published(city: City) -> list[dict[str, Any]]:
    """What the shared record would hold of her, each resource checked as before it is sent."""
    (row,) = city.rows(task)
    views = city.bridge.read_now(lambda c: gather(c, city.data_keys, "icr", [row.person_id]))
    found = resources(views[row.person_id], COVENTRY)
    for one in found:
        check(one)
    return found


def ready_to_leave(city: City) -> None:
    city.hear("A01", **ADA)
    council(city, "known", known=True)
    council(city, "circumstances", dementia="yes")
    city.clock.at_ms += HOUR
    city.hear("A16", **ADA, extra=(zu1("Y", "20261018"),))


def leave(city: City) -> None:
    city.clock.at_ms += HOUR
    city.hear("A03", **ADA, pv1={36: "1", 37: "19", 45: hl7_time(city.clock.at_ms)})


def test_a_broken_hip_and_dementia_from_messages_to_the_closed_task(city: City) -> None:
    ready_to_leave(city)
    frame(city, "ordered")
    at_desk(city, stage_acts.accept)
    at_desk(city, stage_acts.move_stage, "triaged")
    at_desk(city, stage_acts.confirm_pathway, "home-with-support")

    three = [split(city, kind) for kind in ("dementia-ot", "dementia-locksmith", "dementia-carers-trust")]
    brokerage = split(city, "brokerage")
    walker = split(city, "equipment", about="equipment:E7", before_discharge=True)

    for state, reason in (
        ("requested", ""),
        ("offered", ""),
        ("offer-failed", "cannot-meet-needs"),
        ("offered", ""),
        ("placed", ""),
    ):
        city.clock.at_ms += HOUR
        act(city, brokerage, "state", state, reason)
    placed = SubTaskFact.model_validate_json(sub_row(city, brokerage).body)
    assert (placed.status, placed.offers, placed.offers_lost) == ("completed", 2, 1)
    assert placed.finished_ms is not None
    assert placed.finished_ms - placed.opened_ms == 5 * HOUR  # time to source

    pack(city, "present", "summary", "needs", "medicines-checked", text="In the bag with her")
    leave(city)
    with pytest.raises(NotNow, match="Four wheeled walker: to be ordered; Getting to know me: missing"):
        at_desk(city, desk.complete, "support-at-home")
    frame(city, "delivered")
    assert sub_row(city, walker).status == "completed"
    with pytest.raises(NotNow, match="First: Getting to know me: missing"):
        at_desk(city, desk.complete, "support-at-home")
    pack(city, "waive", "getting-to-know-me", reason="there-already")

    for id, state in zip(three, ("visited", "fitted", "begun"), strict=True):
        city.clock.at_ms += HOUR
        act(city, id, "state", state)
    at_desk(city, desk.complete, "support-at-home")
    assert [row.status for row in city.rows(task)] == ["completed"]
    assert {row.status for row in city.rows(sub_task)} == {"completed"}

    tasks = [one for one in published(city) if one["resourceType"] == "Task"]
    (parent,) = [one for one in tasks if "partOf" not in one]
    parts = [one for one in tasks if "partOf" in one]
    assert parent["status"] == "completed"
    assert {one["partOf"][0]["reference"] for one in parts} == {f"Task/{parent['id']}"}
    assert sorted(one["code"]["coding"][0]["code"] for one in parts) == [
        "brokerage", "dementia-carers-trust", "dementia-locksmith", "dementia-ot", "equipment",
    ]  # fmt: skip


def test_a_receipt_that_comes_late_shows_until_it_comes(city: City) -> None:
    ready_to_leave(city)
    pack(city, "ask-receipt", text="Example House")
    nurse = Someone(create_app(city.parts())).sign_in("discharge-team")
    path = f"/tasks/{city.rows(task)[0].task_id}"
    assert "Receipt overdue" not in nurse.get(path).text
    city.clock.at_ms += 30 * HOUR
    assert "Receipt overdue" in nurse.get(path).text
    pack(city, "receipt", text="Mrs Example")
    page = nurse.get(path).text
    assert "Receipt overdue" not in page
    assert "by Mrs Example" in page


def test_a_death_stops_what_was_arranged_and_its_withdrawal_brings_it_back(city: City) -> None:
    ready_to_leave(city)
    visit = split(city, "therapy")
    act(city, visit, "state", "visit-booked")
    city.clock.at_ms += HOUR
    city.hear("A08", **ADA, pid={30: "Y"})
    assert (sub_row(city, visit).status, sub_row(city, visit).tell) == ("cancelled", "stop")
    assert next(one for one in published(city) if one["id"] == visit)["status"] == "cancelled"
    city.clock.at_ms += HOUR
    city.hear("A08", **ADA, pid={30: "N"})
    assert (sub_row(city, visit).status, sub_row(city, visit).tell) == ("in-progress", "")
