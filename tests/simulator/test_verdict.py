"""The verdict: it passes what is as it must be, and names whatever is not."""

from dataclasses import replace
from urllib.parse import parse_qs

import httpx
import pytest

from ascbridge.simulator.city_concerns import mark_of
from ascbridge.simulator.discharge_team import Desk
from ascbridge.simulator.hospital_sender import Answers
from ascbridge.simulator.schedule import Schedule
from ascbridge.simulator.verdict import (
    COUNCIL_FEED,
    HOSPITAL_FEED,
    MOST_TOLD,
    PASSED,
    Evidence,
    gather,
    judge,
    last_line,
)


def a_ledger(feed: str, *, received: int, refused: int, duplicate: int, kept: int, **more) -> dict:
    return {
        "feed": feed, "received": received, "refused": refused, "duplicate": duplicate, "kept": kept,
        "delivered": kept, "no_effect": 0, "waiting": 0, "held": 0, "parked": 0, "dead": 0, "adds_up": True,
    } | more  # fmt: skip


def standing(day: Schedule) -> list[dict]:
    """Each concern of a day with a team, as its owners see it; the first is decided."""
    raised = [number for file in day.concerns for number in file.raised]
    return [
        {"account": f"Worried {mark_of(number)}", "team": "intake", "decision": {} if place == 0 else None}
        for place, number in enumerate(raised)
    ]


def all_well(day: Schedule) -> tuple[Answers, Evidence]:
    lines = sum(len(file.lines) for file in day.files)
    answers = Answers(sent=len(day.sends), kept=day.kept, refused=day.refused, repeats=day.repeats)
    evidence = Evidence(
        ledgers={
            HOSPITAL_FEED: a_ledger(
                HOSPITAL_FEED,
                received=len(day.sends),
                refused=day.refused,
                duplicate=day.repeats,
                kept=day.kept,
            ),
            COUNCIL_FEED: a_ledger(COUNCIL_FEED, received=lines, refused=1, duplicate=0, kept=lines - 1),
        },
        tasks=sum(one.ending != "none" for one in day.journeys),
        status_by_visit={one.visit: one.ending for one in day.journeys if one.ending != "none"},
        concerns=standing(day),
    )
    return answers, evidence


def test_a_story_that_went_well_passes(small_day: Schedule):
    answers, evidence = all_well(small_day)
    assert judge([small_day], answers, evidence) == []
    line = last_line([], answers.kept, evidence.tasks, len(evidence.concerns))
    assert line.startswith(PASSED)
    assert line.endswith(f"{len(evidence.concerns)} concerns with their owners alone")


@pytest.mark.parametrize(
    "name, change, words",
    [
        ("kept", -1, "ledger kept"),
        ("refused", 1, "ledger refused"),
        ("duplicate", -1, "ledger duplicates"),
        ("received", -1, "ledger received"),
        ("waiting", 2, "2 messages waiting"),
        ("held", 1, "1 messages held"),
        ("parked", 1, "1 messages parked"),
        ("dead", 1, "1 messages dead"),
        ("adds_up", -1, "does not add up"),
    ],
)
def test_a_ledger_that_is_out_by_one_fails(small_day: Schedule, name, change, words):
    answers, evidence = all_well(small_day)
    evidence.ledgers[HOSPITAL_FEED][name] += change
    assert [words in fault for fault in judge([small_day], answers, evidence)] == [True]


def test_a_council_line_that_was_lost_fails(small_day: Schedule):
    answers, evidence = all_well(small_day)
    evidence.ledgers[COUNCIL_FEED]["kept"] -= 1
    assert "council lines kept" in judge([small_day], answers, evidence)[0]


def test_a_ledger_that_is_missing_fails(small_day: Schedule):
    answers, evidence = all_well(small_day)
    del evidence.ledgers[HOSPITAL_FEED]
    assert "ledger kept: 0" in "; ".join(judge([small_day], answers, evidence))


def test_messages_that_had_to_be_sent_again_may_be_counted_as_repeats(small_day: Schedule):
    answers, evidence = all_well(small_day)
    evidence.ledgers[HOSPITAL_FEED]["duplicate"] += 1
    assert judge([small_day], replace(answers, sent_again=1), evidence) == []
    assert judge([small_day], answers, evidence) != []


def test_an_answer_that_was_wrong_fails(small_day: Schedule):
    answers, evidence = all_well(small_day)
    answers.complain("P1: answered AR, expected AA")
    assert judge([small_day], answers, evidence) == ["answer: P1: answered AR, expected AA"]


def test_a_message_that_was_never_answered_fails(small_day: Schedule):
    answers, evidence = all_well(small_day)
    faults = judge([small_day], replace(answers, kept=answers.kept - 1), evidence)
    assert "answers kept" in faults[0]


@pytest.mark.parametrize(
    "story, found", [("home", "in-progress"), ("died", "completed"), ("never was", None)]
)
def test_a_task_that_ended_otherwise_fails(small_day: Schedule, story, found):
    answers, evidence = all_well(small_day)
    visit = next(one.visit for one in small_day.journeys if one.story == story)
    evidence.status_by_visit.pop(visit)
    if found:
        evidence.status_by_visit[visit] = found
    assert [
        f"{story} ({visit}): task is {found or 'none'}" in fault
        for fault in judge([small_day], answers, evidence)
    ] == [True]


def test_a_task_that_must_not_be_fails(small_day: Schedule):
    answers, evidence = all_well(small_day)
    visit = next(one.visit for one in small_day.journeys if one.ending == "none")
    evidence.status_by_visit[visit] = "requested"
    evidence.tasks += 1
    faults = judge([small_day], answers, evidence)
    assert "expected none" in faults[0]
    assert "tasks, expected" in faults[1]


def test_a_list_that_is_not_empty_and_an_address_that_shows_fail(small_day: Schedule):
    answers, evidence = all_well(small_day)
    faults = judge([small_day], answers, replace(evidence, open_list=2, addresses_of_hidden=1))
    assert faults == ["2 tasks are still on the open list", "the record shows the address of 1 hidden people"]


@pytest.mark.parametrize(
    "spoil, words",
    [
        (lambda seen: seen.concerns.pop(), "stands 0 times"),
        (lambda seen: seen.concerns.append(dict(seen.concerns[0])), "stands 2 times"),
        (lambda seen: seen.concerns[0].update(team=""), "stands 0 times"),
        (lambda seen: seen.concerns[0].update(decision=None), "0 concerns are decided, expected 1"),
        (lambda seen: seen.strayed.append("S1"), "concern S1 shows outside safeguarding"),
    ],
    ids=["lost", "doubled", "nobody's", "decision lost", "strayed"],
)
def test_a_concern_that_is_not_with_its_owners_once_and_alone_fails(small_day: Schedule, spoil, words):
    answers, evidence = all_well(small_day)
    spoil(evidence)
    assert words in "; ".join(judge([small_day], answers, evidence))


def test_a_long_list_of_faults_is_told_in_one_line():
    line = last_line([f"fault {n}" for n in range(MOST_TOLD + 3)], 0, 0, 0)
    assert line.startswith("demo: FAIL fault 0; fault 1")
    assert line.endswith("and 3 more")
    assert "\n" not in line


async def test_evidence_is_gathered_from_the_interfaces_only(small_day: Schedule):
    number = {one.visit: n for n, one in enumerate(small_day.journeys)}
    hidden = next(one for one in small_day.journeys if one.story == "hidden address")
    ending = {one.visit: one.ending for one in small_day.journeys}
    concerns, strayed = standing(small_day), small_day.concerns[0].raised[0]
    tasks = [
        {"resource": {"id": f"t{n}", "status": ending[visit], "encounter": {"reference": f"Encounter/e{n}"}}}
        for visit, n in number.items()
        if ending[visit] != "none"
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        match request.url.path:
            case "/api/operations/ledger":
                return httpx.Response(200, json=[a_ledger("x", received=1, refused=0, duplicate=0, kept=1)])
            case "/api/tasks":
                return httpx.Response(200, json={"tasks": [{}, {"summary": strayed}]})
            case "/api/concerns":
                mine = {"to-decide": concerns[1:], "enquiries": concerns[:1], "closed": []}[asked["view"]]
                return httpx.Response(200, json={"concerns": [{"concern": one} for one in mine]})
            case "/fhir/Task":
                first = "_cursor" not in asked
                link = [{"relation": "next", "url": f"{request.url}&_cursor=5"}] if first else []
                return httpx.Response(200, json={"entry": tasks[:5] if first else tasks[4:], "link": link})
            case "/fhir/Encounter":
                return httpx.Response(
                    200, json={"entry": [{"resource": {"id": f"e{number[asked['identifier']]}"}}]}
                )
            case "/fhir/Patient/_search":
                wanted = parse_qs(request.content.decode())["identifier"][0]
                if not wanted.endswith(f"|{hidden.citizen.nhs_number}"):
                    return httpx.Response(200, json={"entry": []})
                return httpx.Response(200, json={"entry": [{"resource": {"id": "p", "address": [{}]}}]})
            case "/api/persons/search":
                return httpx.Response(200, json={"person_ids": []})
        raise AssertionError(request.url.path)

    async def token() -> str:
        return "t"

    desk = Desk("http://bridge", token)
    desk._client = httpx.AsyncClient(base_url="http://bridge", transport=httpx.MockTransport(answer))
    evidence = await gather(desk, desk, desk, [small_day])
    assert (evidence.open_list, evidence.tasks, evidence.addresses_of_hidden) == (2, len(tasks), 1)
    assert evidence.status_by_visit == {visit: end for visit, end in ending.items() if end != "none"}
    assert list(evidence.ledgers) == ["x"]
    assert sorted(one["account"] for one in evidence.concerns) == sorted(one["account"] for one in concerns)
    assert evidence.strayed == [strayed]
    looked_at = {person.council_id for person, _ in evidence.cases}
    assert looked_at
    assert hidden.citizen.council_id not in looked_at
    assert "is not in the shared record" in "; ".join(judge([small_day], *all_well(small_day)[:1], evidence))
