"""The verdict on cases: it passes what is shown as it was said, and names whatever is not."""

from __future__ import annotations

import copy
import json
from datetime import date
from random import Random
from typing import Any

import httpx
import pytest

from ascbridge.simulator.case_plots import PLOTS
from ascbridge.simulator.case_timeline import LETTERS, CaseTimeline
from ascbridge.simulator.case_verdict import (
    GOES_ON,
    PEOPLE_A_KIND,
    REQUESTS,
    SEALED,
    Expected,
    Shown,
    expected,
    judge_case,
    look,
    sample,
)
from ascbridge.simulator.caseload import Caseload
from ascbridge.simulator.city import City
from ascbridge.simulator.discharge_team import Desk

DAY = date(2026, 3, 3)


def told(plot: str, seed: int = 1, days: int | None = None) -> Expected:
    case = CaseTimeline(City(seed, DAY).citizen(), DAY, Random(seed))
    next(one for one in PLOTS if one.name == plot).tell(case)
    (person,) = expected(case.said[:days]).values()
    return person


def as_shown(person: Expected) -> Shown:
    """What a bridge that does it right shows of a person."""
    died, objects = person.says("death", "died"), person.says("objection", "objects")
    shown = Shown(died=died, shared=not objects)
    for (fact, number), value in person.things.items():
        if fact == "death":
            continue
        said = {"known": value} if isinstance(value, bool) else copy.deepcopy(dict(value))
        for member in ("id", *SEALED):
            said.pop(member, None)
        if fact == "referral":
            said["after_contact"] = said.pop("contact")
        stopped = died and fact in GOES_ON and said["status"] != "ended"
        shown.case[fact, number] = {"kind": fact, "id": number, "stopped": stopped, "says": said}
        if fact in REQUESTS:
            shown.requests[number] = "completed" if said.get("outcome") else "active"
        shown.answers += fact == "self_assessment"
    return shown


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.name)
def test_what_is_shown_as_it_was_said_passes(plot: Any) -> None:
    person = told(plot.name)
    assert judge_case(person, as_shown(person)) == []


def test_a_thing_that_is_missing_wrong_or_made_up_fails() -> None:
    person = told("long term")
    package = next(key for key in person.things if key[0] == "package")
    shown = as_shown(person)
    thing = shown.case.pop(package)
    assert judge_case(person, shown) == [f"{person.council_id}: no package is shown"]
    shown.case[package] = thing | {"says": thing["says"] | {"status": "suspended"}}
    assert judge_case(person, shown) == [f"{person.council_id}: package: status is not shown as it was said"]
    shown.case[package] = thing
    shown.case["package", "P9"] = thing
    assert judge_case(person, shown) == [f"{person.council_id}: a package that nobody told of"]


def test_a_package_that_goes_on_after_a_death_fails() -> None:
    person = told("dies")
    shown = as_shown(person)
    for thing in shown.case.values():
        thing["stopped"] = False
    assert judge_case(person, shown) == [f"{person.council_id}: package: goes on"]
    shown = as_shown(person)
    shown.died = False
    assert judge_case(person, shown) == [f"{person.council_id}: is shown as living"]


def test_somebody_who_objects_must_not_be_shared_and_everybody_else_must() -> None:
    objecting = told("objects", days=3)
    assert objecting.says("objection", "objects")
    shown = as_shown(objecting)
    shown.shared = True
    assert judge_case(objecting, shown) == [
        f"{objecting.council_id}: is in the shared record against their will"
    ]
    withdrawn = told("objects")
    shown = as_shown(withdrawn)
    shown.shared = False
    assert judge_case(withdrawn, shown) == [f"{withdrawn.council_id}: is not in the shared record"]


def test_a_request_that_is_not_shared_as_it_stands_fails() -> None:
    person = told("low level")
    shown = as_shown(person)
    number = next(number for fact, number in person.things if fact == "referral")
    shown.requests[number] = "active"
    assert judge_case(person, shown) == [f"{person.council_id}: referral: is active in the shared record"]
    del shown.requests[number]
    assert judge_case(person, shown) == [f"{person.council_id}: referral: is not in the shared record"]


def test_self_assessments_are_counted() -> None:
    person = told("long term")
    shown = as_shown(person)
    shown.answers = 0
    assert judge_case(person, shown) == [
        f"{person.council_id}: 0 self-assessments in the shared record, expected 1"
    ]


def test_every_kind_of_thing_is_looked_at() -> None:
    day = Caseload(1, City(1, DAY)).on(DAY, 0.1)
    people = list(expected(one for case in day for one in case).values())
    looked_at = sample(people)
    assert {fact for one in looked_at for fact, _ in one.things} == {
        fact for one in people for fact, _ in one.things
    }
    assert set(LETTERS) <= {fact for one in looked_at for fact, _ in one.things}
    assert len(looked_at) <= PEOPLE_A_KIND * len({fact for one in people for fact, _ in one.things})


async def test_a_person_is_asked_for_at_the_interfaces() -> None:
    person = told("short term")
    right = as_shown(person)

    opened: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        match request.url.path:
            case "/api/persons/search":
                return httpx.Response(200, json={"person_ids": ["p"]})
            case "/api/persons/p/open":
                opened.append(json.loads(request.content)["reason"])
                return httpx.Response(200, json={"person_id": "p", "until_ms": 1})
            case "/api/persons/p":
                assert request.url.params["purpose"]
                if not opened:
                    return httpx.Response(400, json={"detail": "nothing known connects you"})
                return httpx.Response(
                    200, json={"person": {"died": False}, "case": list(right.case.values())}
                )
            case "/fhir/Patient/_search":
                return httpx.Response(200, json={"entry": [{"resource": {"id": "x"}}]})
            case "/fhir/ServiceRequest":
                assert request.url.params["patient"] == "Patient/x"
                found = [
                    {"resource": {"status": status, "identifier": [{"value": number}]}}
                    for number, status in right.requests.items()
                ]
                return httpx.Response(200, json={"entry": found})
            case "/fhir/QuestionnaireResponse":
                return httpx.Response(200, json={})
        raise AssertionError(request.url.path)

    async def token() -> str:
        return "t"

    desk = Desk("http://bridge", token)
    desk._client = httpx.AsyncClient(base_url="http://bridge", transport=httpx.MockTransport(answer))
    shown = await look(desk, person)
    await desk.close()
    assert shown == right
    assert judge_case(person, shown) == []
