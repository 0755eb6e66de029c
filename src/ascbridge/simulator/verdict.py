"""The verdict on a played story, from outside only: answers held, ledger, list, cases, shared record, concerns.

Nothing here looks into the bridge's files. What the hospital's engine was told is compared with what the
bridge says of itself, and what the journeys are about with what the shared record shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from ascbridge.simulator.case_verdict import expected, judge_case, look, sample
from ascbridge.simulator.city_concerns import mark_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.simulator.case_verdict import Expected, Shown
    from ascbridge.simulator.discharge_team import Desk
    from ascbridge.simulator.hospital_sender import Answers
    from ascbridge.simulator.schedule import Schedule

HOSPITAL_FEED = "itk-v24"
COUNCIL_FEED = "council-facts"
OWNERS_LISTS = ("to-decide", "enquiries", "closed")
"""The lists of safeguarding on one of which each concern stands."""
UNDONE = ("waiting", "held", "parked", "dead")
MOST_TOLD = 6
PASSED = "demo: PASS"
"""How the last line of a story that went well begins."""


@dataclass
class Evidence:
    """What the outside shows at the end. Tasks are FHIR statuses by visit number; `tasks` counts all of
    them. `concerns` are those on their owners' lists, `strayed` the numbers of those seen anywhere else.
    """

    ledgers: dict[str, dict[str, Any]] = field(default_factory=dict)
    open_list: int = 0
    tasks: int = 0
    status_by_visit: dict[str, str] = field(default_factory=dict)
    addresses_of_hidden: int = 0
    cases: list[tuple[Expected, Shown]] = field(default_factory=list)
    concerns: list[dict[str, Any]] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)


def judge(schedules: Sequence[Schedule], answers: Answers, evidence: Evidence) -> list[str]:
    """Return everything that is not as it must be, in words; nothing means that the story went well."""
    faults = [f"answer: {complaint}" for complaint in answers.complaints]
    faults += _counted(schedules, answers, evidence)
    faults += _journeys(schedules, evidence)
    if evidence.open_list:
        faults.append(f"{evidence.open_list} tasks are still on the open list")
    if evidence.addresses_of_hidden:
        faults.append(f"the record shows the address of {evidence.addresses_of_hidden} hidden people")
    for person, shown in evidence.cases:
        faults += judge_case(person, shown)
    return faults + _concerns(schedules, evidence)


def _counted(schedules: Sequence[Schedule], answers: Answers, evidence: Evidence) -> list[str]:
    """The engine's count, the schedule's and the ledger's must be one."""
    files = [file for schedule in schedules for file in schedule.files]
    refused_lines = sum(file.refused for file in files)
    expected = {
        "answers kept": (answers.kept, sum(one.kept for one in schedules)),
        "answers refused": (answers.refused, sum(one.refused for one in schedules)),
        "answers to repeats": (answers.repeats, sum(one.repeats for one in schedules)),
    }
    hospital, council = evidence.ledgers.get(HOSPITAL_FEED, {}), evidence.ledgers.get(COUNCIL_FEED, {})
    expected |= {
        "ledger kept": (hospital.get("kept", 0), answers.kept),
        "ledger refused": (hospital.get("refused", 0), answers.refused),
        "council lines kept": (
            council.get("kept", 0),
            sum(len(file.lines) for file in files) - refused_lines,
        ),
        "council lines refused": (council.get("refused", 0), refused_lines),
    }
    if not answers.sent_again:
        expected["ledger duplicates"] = (hospital.get("duplicate", 0), answers.repeats)
        expected["ledger received"] = (hospital.get("received", 0), answers.sent)
    faults = [
        f"{what}: {found}, expected {wanted}" for what, (found, wanted) in expected.items() if found != wanted
    ]
    for feed, ledger in sorted(evidence.ledgers.items()):
        if not ledger.get("adds_up"):
            faults.append(f"the ledger of {feed} does not add up")
        faults += [f"{feed}: {ledger[name]} messages {name}" for name in UNDONE if ledger.get(name)]
    return faults


def _journeys(schedules: Sequence[Schedule], evidence: Evidence) -> list[str]:
    """Every journey's task must have ended as its story says, and nobody else may have one."""
    journeys = [journey for schedule in schedules for journey in schedule.journeys]
    faults = []
    for journey in journeys:
        found = evidence.status_by_visit.get(journey.visit, "none")
        if found != journey.ending:
            faults.append(f"{journey.story} ({journey.visit}): task is {found}, expected {journey.ending}")
    wanted = sum(journey.ending != "none" for journey in journeys)
    if evidence.tasks != wanted:
        faults.append(f"the record holds {evidence.tasks} tasks, expected {wanted}")
    return faults


def _raised(schedules: Sequence[Schedule]) -> list[str]:
    return [number for schedule in schedules for file in schedule.concerns for number in file.raised]


def _concerns(schedules: Sequence[Schedule], evidence: Evidence) -> list[str]:
    """Every concern must stand once with a team, those that were decided among them, and nowhere else."""
    raised = _raised(schedules)
    standing = [str(one["account"]) for one in evidence.concerns if one["team"]]
    times = {number: sum(mark_of(number) in account for account in standing) for number in raised}
    faults = [
        f"concern {number} stands {found} times on its owners' lists"
        for number, found in times.items()
        if found != 1
    ]
    if len(evidence.concerns) != len(raised):
        faults.append(f"the owners' lists hold {len(evidence.concerns)} concerns, expected {len(raised)}")
    told = sum(not file.raised for schedule in schedules for file in schedule.concerns)
    decided = sum(one["decision"] is not None for one in evidence.concerns)
    if decided != told:
        faults.append(f"{decided} concerns are decided, expected {told}")
    return faults + [f"concern {number} shows outside safeguarding" for number in evidence.strayed]


async def gather(desk: Desk, operations: Desk, safeguarding: Desk, schedules: Sequence[Schedule]) -> Evidence:
    """Ask the running bridge for all that a verdict needs."""
    evidence = Evidence(ledgers=await ledgers(operations))
    listed = (await desk.get("/api/tasks", view="open", limit=200))["tasks"]
    evidence.open_list = len(listed)
    tasks = await everything(desk, "Task")
    for view in OWNERS_LISTS:
        found = (await safeguarding.get("/api/concerns", view=view))["concerns"]
        evidence.concerns += [one["concern"] for one in found]
    by_encounter = {one["encounter"]["reference"]: one["status"] for one in tasks if "encounter" in one}
    evidence.tasks = len(by_encounter)
    for journey in (journey for schedule in schedules for journey in schedule.journeys):
        found = await desk.get("/fhir/Encounter", identifier=journey.visit)
        for stay in _resources(found):
            status = by_encounter.get(f"Encounter/{stay['id']}")
            if status is not None:
                evidence.status_by_visit[journey.visit] = status
        if journey.story == "hidden address":
            number = {"identifier": f"https://fhir.nhs.uk/Id/nhs-number|{journey.citizen.nhs_number}"}
            people = _resources(await desk.ask("/fhir/Patient/_search", number))
            evidence.addresses_of_hidden += any(
                "address" in person or "telecom" in person for person in people
            )
    hidden = {
        one.citizen.council_id for each in schedules for one in each.journeys if one.story == "hidden address"
    }
    told = expected(one for schedule in schedules for one in schedule.told)
    for person in sample([one for who, one in told.items() if who not in hidden]):
        evidence.cases.append((person, await look(desk, person)))
    elsewhere = orjson.dumps([evidence.ledgers, listed, tasks]).decode() + repr(evidence.cases)
    evidence.strayed = [number for number in _raised(schedules) if number in elsewhere]
    return evidence


async def ledgers(operations: Desk) -> dict[str, dict[str, Any]]:
    """The ledger of each feed, by its name."""
    return {one["feed"]: one for one in await operations.get("/api/operations/ledger")}


async def everything(desk: Desk, resource_type: str) -> list[dict[str, Any]]:
    """Every resource of a type, page by page; one that changed meanwhile may come twice and counts once."""
    found: dict[str, dict[str, Any]] = {}
    page = await desk.get(f"/fhir/{resource_type}", _count=200)
    while True:
        found |= {one["id"]: one for one in _resources(page)}
        onward = next((link["url"] for link in page.get("link", ()) if link["relation"] == "next"), None)
        if onward is None:
            return list(found.values())
        split = urlsplit(onward)
        page = await desk.get(f"{split.path}?{split.query}")


def _resources(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle.get("entry", ())]


def last_line(faults: Sequence[str], kept: int, tasks: int, concerns: int) -> str:
    """The line a story ends with."""
    if not faults:
        done = f"{kept} messages kept and delivered, {tasks} tasks as their stories say, list empty"
        return f"{PASSED} {done}" + (f", {concerns} concerns with their owners alone" if concerns else "")
    more = f"; and {len(faults) - MOST_TOLD} more" if len(faults) > MOST_TOLD else ""
    return f"demo: FAIL {'; '.join(faults[:MOST_TOLD])}{more}"
