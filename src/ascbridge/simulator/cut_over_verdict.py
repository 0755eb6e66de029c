"""The verdict on a cut-over, from outside only: what the reconciler named, and that nothing was doubled or lost.

One thing of a person is one resource under one id, whichever system is heard. What the record shows in the end of
everybody is what was said last.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ascbridge.own_codes import COUNCIL_TASK
from ascbridge.simulator.case_faults import MAPPING_FAULTS, STATE_DIFFERENCES
from ascbridge.simulator.case_verdict import REQUESTS, expected, judge_case, look
from ascbridge.simulator.crosswalk import old_number
from ascbridge.simulator.verdict import MOST_TOLD, PASSED, UNDONE, everything, ledgers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ascbridge.simulator.case_faults import Difference
    from ascbridge.simulator.case_timeline import Statement
    from ascbridge.simulator.discharge_team import Desk

KINDS = ("Task", "ServiceRequest", "QuestionnaireResponse")


@dataclass(frozen=True, slots=True)
class Record:
    """The shared record at a moment: by type and id of each resource the thing that it is of, and who is in it."""

    things: Mapping[tuple[str, str], str]
    open_triage: int
    people: Counter[str]


async def record(desk: Desk) -> Record:
    """Read the shared record. Raises `NotAllowedIn`."""
    found = {kind: await everything(desk, kind) for kind in KINDS}
    things = {(kind, one["id"]): _thing(one) for kind, each in found.items() for one in each}
    triage = [one for one in found["Task"] if _code(one) == "triage" and one["status"] == "requested"]
    people = [one for one in await everything(desk, "Patient") if one["active"]]
    return Record(things, len(triage), Counter(_number(one) for one in people))


def named(
    things: Sequence[Mapping[str, Any]], differences: Sequence[tuple[Difference, str, str]]
) -> list[str]:
    """Return what the reconciler did not name of that which was made wrong, and what it named that is not wrong.

    `differences` are what was made wrong in the new system, whose person it is, and the slot.
    """
    members = {fault.member: name for name, fault in MAPPING_FAULTS.items()}
    left, seen = [], set()
    for one in things:
        fields = {field["name"] for field in one["fields"]}
        if (one["word"], one["verdict"]) == ("package", "differs") and fields <= members.keys():
            seen |= {members[field] for field in fields}
        else:
            left.append((one["word"], one["verdict"], one["person_id"], one["slot"], tuple(sorted(fields))))
    wanted = [
        ("package", "missing", person_id, slot, ())
        if difference.fact == "package"
        else (difference.fact, "differs", person_id, slot, ("names",))
        for difference, person_id, slot in differences
    ]
    faults = [f"the reconciler did not find: {name}" for name in MAPPING_FAULTS if name not in seen]
    faults += [
        f"the reconciler did not find: {name}"
        for name, one in zip(STATE_DIFFERENCES, wanted, strict=True)
        if one not in left
    ]
    return faults + [
        f"the reconciler named {one[0]} {one[3]}, which is right" for one in left if one not in wanted
    ]


def named_by_events(pairs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return which mapping faults the pairing of events did not name; `pairs` are packages' events that differ."""
    fields = {field["name"] for one in pairs for field in one["fields"]}
    return [
        f"no pair of events shows: {name}"
        for name, fault in MAPPING_FAULTS.items()
        if fault.member not in fields
    ]


def still_off(tallies: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return of which days and event types there are events that do not agree and were not put right."""
    return [
        f"{one['still_off']} events of {one['word']} on {one['day']} are still off"
        for one in tallies
        if one["still_off"]
    ]


def doubled_or_lost(now: Record, before: Record | None, said: Sequence[Statement]) -> list[str]:
    """Return what is there twice, what was there and is not, and what is not there though it was said."""
    counted = Counter((kind, thing) for (kind, _), thing in now.things.items() if thing)
    faults = [f"{kind} of one thing {n} times" for (kind, _), n in counted.items() if n > 1]
    faults += [f"{n} patients are one person" for n in now.people.values() if n > 1]
    if before is not None:
        faults += [f"{kind} {id} is gone" for kind, id in before.things if (kind, id) not in now.things]
    people = [one for one in expected(said, old_number).values() if not one.says("objection", "objects")]
    things = [(one, fact, what) for one in people for (fact, _), what in one.things.items()]
    wanted = {
        "people": (len(now.people), len(people)),
        "requests": (_held(counted, "ServiceRequest"), sum(fact in REQUESTS for _, fact, _ in things)),
        "self-assessments": (
            sum(kind == "QuestionnaireResponse" for kind, _ in now.things),
            sum(fact == "self_assessment" for _, fact, _ in things),
        ),
        "open triage tasks": (
            now.open_triage,
            sum(
                fact == "contact" and not what.get("outcome") and not one.says("death", "died")
                for one, fact, what in things
            ),
        ),
    }
    return faults + [
        f"{is_} {what}, {said_} were said" for what, (is_, said_) in wanted.items() if is_ != said_
    ]


async def everybody(desk: Desk, said: Sequence[Statement]) -> list[str]:
    """Return what the record does not show as it was said last, of everybody. Raises `NotAllowedIn`."""
    people = expected(said, old_number).values()
    return [fault for one in people for fault in judge_case(one, await look(desk, one))]


async def balance(operations: Desk, kept: Mapping[str, int]) -> list[str]:
    """Return what the ledger says that must not be: all of `kept` by feed was dealt with, and nothing else."""
    found = await ledgers(operations)
    faults = [
        f"{feed}: {found[feed]['kept']} messages kept, {wanted} were sent"
        for feed, wanted in kept.items()
        if found[feed]["kept"] != wanted
    ]
    for feed, ledger in found.items():
        faults += [f"the ledger of {feed} does not add up"] if not ledger["adds_up"] else []
        faults += [f"{feed}: {ledger[name]} messages {name}" for name in (*UNDONE, "refused") if ledger[name]]
    return faults


def last_line(faults: Sequence[str], record: Record | None, kills: int) -> str:
    """The line that the story ends with."""
    if faults or record is None:
        more = f"; and {len(faults) - MOST_TOLD} more" if len(faults) > MOST_TOLD else ""
        return f"demo: FAIL {'; '.join(faults[:MOST_TOLD])}{more}"
    tasks = sum(kind == "Task" for kind, _ in record.things)
    return (
        f"{PASSED} {len(MAPPING_FAULTS)} mapping faults and {len(STATE_DIFFERENCES)} differences found and put right,"
        f" switched, back and again with {kills} kills; {len(record.people)} people, {len(record.things)} resources,"
        f" {tasks} tasks, none doubled or lost"
    )


def _thing(one: Mapping[str, Any]) -> str:
    """Of what thing a resource is; empty where it says nothing any more."""
    numbers = " ".join(sorted(each["value"] for each in _identifiers(one)))
    if one["resourceType"] != "Task":
        return numbers
    if _of_council(one):
        return f"{_code(one)} {numbers}"
    focus = one.get("focus", one.get("for", {})).get("reference", "")
    return f"{_code(one)} {focus}" if focus else ""


def _of_council(one: Mapping[str, Any]) -> bool:
    """Whether a Task is an assessment or a review as the case system has it: a person may have several."""
    return "code" in one and one["code"]["coding"][0].get("system") == COUNCIL_TASK


def _identifiers(one: Mapping[str, Any]) -> list[dict[str, str]]:
    found = one.get("identifier", [])
    return found if isinstance(found, list) else [found]


def _code(one: Mapping[str, Any]) -> str:
    return str(one["code"]["coding"][0]["code"]) if "code" in one else ""


def _number(patient: Mapping[str, Any]) -> str:
    return next(
        (each["value"] for each in _identifiers(patient) if each["system"].endswith("nhs-number")), ""
    )


def _held(counted: Counter[tuple[str, str]], kind: str) -> int:
    return sum(each == kind for each, _ in counted)
