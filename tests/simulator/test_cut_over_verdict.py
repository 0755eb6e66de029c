"""The verdict on a cut-over: it passes what is as it must be, and names whatever is not."""

from collections import Counter
from dataclasses import replace

import httpx
import pytest

from ascbridge.own_codes import COUNCIL_TASK
from ascbridge.simulator.case_faults import MAPPING_FAULTS, STATE_DIFFERENCES, Difference
from ascbridge.simulator.case_verdict import REQUESTS, expected
from ascbridge.simulator.crosswalk import old_number
from ascbridge.simulator.cut_over_tale import CutOverTale
from ascbridge.simulator.cut_over_verdict import (
    Record,
    balance,
    doubled_or_lost,
    last_line,
    named,
    named_by_events,
    record,
    still_off,
)
from ascbridge.simulator.discharge_team import Desk
from ascbridge.simulator.verdict import PASSED

SAID = CutOverTale(3).on(0)
WRONG = (
    (Difference("C1", "package"), "p1", "package:P1"),
    (Difference("C2", "worker"), "p2", "worker"),
)


def a_thing(word, verdict, person_id, slot, *fields):
    return {
        "word": word, "verdict": verdict, "person_id": person_id, "slot": slot,
        "fields": [{"name": name} for name in fields],
    }  # fmt: skip


FOUND = [
    a_thing("package", "differs", "p3", "package:P3", *(one.member for one in MAPPING_FAULTS.values())),
    a_thing("package", "missing", "p1", "package:P1"),
    a_thing("worker", "differs", "p2", "worker", "names"),
]


def test_all_that_was_made_wrong_and_nothing_else_is_named():
    assert named(FOUND, WRONG) == []


@pytest.mark.parametrize("name, fault", list(MAPPING_FAULTS.items()))
def test_a_mapping_fault_that_is_not_found_is_told(name, fault):
    fields = [one for one in FOUND[0]["fields"] if one["name"] != fault.member]
    assert named([FOUND[0] | {"fields": fields}, *FOUND[1:]], WRONG) == [
        f"the reconciler did not find: {name}"
    ]


@pytest.mark.parametrize("number, name", list(enumerate(STATE_DIFFERENCES, 1)))
def test_a_difference_that_is_not_found_of_that_person_is_told(number, name):
    other = FOUND[number] | {"person_id": "p9"}
    faults = named([*FOUND[:number], other, *FOUND[number + 1 :]], WRONG)
    assert faults == [
        f"the reconciler did not find: {name}",
        f"the reconciler named {other['word']} {other['slot']}, which is right",
    ]


def test_events_that_do_not_show_a_mapping_fault_and_days_that_are_off_are_told():
    assert named_by_events([FOUND[0]]) == []
    assert len(named_by_events([])) == len(MAPPING_FAULTS)
    tally = {"day": "2026-06-19", "word": "review", "still_off": 2}
    assert still_off([tally | {"still_off": 0}]) == []
    assert still_off([tally]) == ["2 events of review on 2026-06-19 are still off"]


def as_said() -> Record:
    """The record that shows what was said."""
    things, people, triage = {}, Counter(), 0
    for one in expected(SAID, old_number).values():
        if one.says("objection", "objects"):
            continue
        people[one.nhs_number] += 1
        for (fact, number), what in one.things.items():
            if fact in REQUESTS:
                things["ServiceRequest", f"s{number}"] = number
            if fact == "self_assessment":
                things["QuestionnaireResponse", f"q{number}"] = number
            if fact == "contact" and not what.get("outcome") and not one.says("death", "died"):
                things["Task", f"t{number}"] = f"triage {number}"
                triage += 1
    return Record(things, triage, people)


def test_a_record_of_what_was_said_has_nothing_twice_and_lacks_nothing():
    assert doubled_or_lost(as_said(), as_said(), SAID) == []


def test_a_second_resource_of_one_thing_and_a_second_patient_are_told():
    right = as_said()
    thing = next(thing for key, thing in right.things.items() if key[0] == "Task")
    twice = replace(right, things={**right.things, ("Task", "another"): thing})
    assert doubled_or_lost(twice, right, SAID) == ["Task of one thing 2 times"]
    somebody = next(iter(right.people))
    people = replace(right, people=right.people + Counter([somebody]))
    assert doubled_or_lost(people, right, SAID) == ["2 patients are one person"]


@pytest.mark.parametrize("kind", ["Task", "ServiceRequest", "QuestionnaireResponse"])
def test_what_was_there_and_is_gone_is_told(kind):
    right = as_said()
    gone = next(key for key in right.things if key[0] == kind)
    left = replace(right, things={key: thing for key, thing in right.things.items() if key != gone})
    assert f"{kind} {gone[1]} is gone" in doubled_or_lost(left, right, SAID)


def test_what_was_said_and_is_not_there_is_told():
    right = as_said()
    fewer = Record({}, right.open_triage - 1, Counter())
    faults = doubled_or_lost(fewer, None, SAID)
    assert [fault.split()[1] for fault in faults] == ["people,", "requests,", "self-assessments,", "open"]


async def test_the_record_is_read_from_outside():
    patient = {"id": "p", "active": True, "identifier": [{"system": "x/nhs-number", "value": "999"}]}
    task = {
        "id": "t", "status": "requested", "code": {"coding": [{"code": "triage"}]},
        "focus": {"reference": "ServiceRequest/s"},
    }  # fmt: skip
    reviews = [
        {
            "id": number, "status": "requested", "identifier": [{"system": "n", "value": number}],
            "code": {"coding": [{"system": COUNCIL_TASK, "code": "review"}]}, "for": {"reference": "Patient/p"},
        }
        for number in ("R1", "R2")
    ]  # fmt: skip
    held = {
        "Patient": [patient, {"id": "q", "active": False}], "Task": [task, *reviews],
        "ServiceRequest": [{"id": "s", "identifier": [{"system": "n", "value": "N1"}]}],
        "QuestionnaireResponse": [{"id": "a", "identifier": {"system": "n", "value": "S1"}}],
    }  # fmt: skip

    def answer(request: httpx.Request) -> httpx.Response:
        kind = request.url.path.rpartition("/")[2]
        return httpx.Response(
            200, json={"entry": [{"resource": {"resourceType": kind, **one}} for one in held[kind]]}
        )

    desk = a_desk(answer)
    found = await record(desk)
    await desk.close()
    assert found == Record(
        {
            ("Task", "t"): "triage ServiceRequest/s",
            ("Task", "R1"): "review R1",
            ("Task", "R2"): "review R2",
            ("ServiceRequest", "s"): "N1",
            ("QuestionnaireResponse", "a"): "S1",
        },
        1,
        Counter(["999"]),
    )


@pytest.mark.parametrize(
    "more, fault",
    [
        ({}, None),
        ({"kept": 4}, "one: 4 messages kept, 3 were sent"),
        ({"adds_up": False}, "the ledger of one does not add up"),
        ({"dead": 1}, "one: 1 messages dead"),
        ({"refused": 2}, "one: 2 messages refused"),
    ],
)
async def test_a_ledger_that_does_not_balance_is_told(more, fault):
    ledger = {"feed": "one", "kept": 3, "waiting": 0, "held": 0, "parked": 0, "dead": 0, "refused": 0}
    desk = a_desk(lambda _: httpx.Response(200, json=[ledger | {"adds_up": True} | more]))
    found = await balance(desk, {"one": 3})
    await desk.close()
    assert found == ([fault] if fault else [])


def test_the_last_line_says_what_went_well_or_what_did_not():
    assert last_line([], as_said(), 5).startswith(PASSED)
    assert "5 kills" in last_line([], as_said(), 5)
    assert last_line(["a", "b"], as_said(), 5) == "demo: FAIL a; b"
    assert last_line([], None, 0).startswith("demo: FAIL")


def a_desk(answer) -> Desk:
    async def token() -> str:
        return "token"

    desk = Desk("http://invented", token)
    desk._client = httpx.AsyncClient(base_url="http://invented", transport=httpx.MockTransport(answer))
    return desk
