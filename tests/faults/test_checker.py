"""The checker can fail: a round that went well passes, and every kind of harm done to it is found and named."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.checker import Event, Evidence, Seen, faults
from tests.faults.hospital import Answer, Plan, Sent, plan, state
from tests.faults.witness import read_headers

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.faults
Json = dict[str, Any]
SEED = 7


def went_well(seed: int = SEED) -> Evidence:
    """A round in which everything is as it should be."""
    made = plan(seed, stays=24)
    for sent in made.sent:
        sent.tries = 1
        code = "AR" if sent.kind == "refused" else "AA"
        sent.answers = [Answer(code, sent.control_id, "200 Unsupported message type" * (code == "AR"))]
    stays = [event for sent in made.sent if sent.kind in ("stay", "merge") for event in said_by(sent)]
    kept = sum(sent.kind != "refused" for sent in made.sent)
    refused, empty = len(made.sent) - kept, sum(sent.kind == "no effect" for sent in made.sent)
    ledger = {
        "adds_up": True, "received": len(made.sent), "refused": refused, "duplicate": 0, "kept": kept,
        "delivered": kept - empty, "no_effect": empty, "waiting": 0, "held": 0, "parked": 0, "dead": 0,
    }  # fmt: skip
    resources = [one for visit in made.stays for one in resources_of(made, visit)]
    unique = {f"{one['resourceType']}/{one['id']}": one for one in resources}
    return Evidence(
        plan=made,
        ledger=ledger,
        messages={sent.control_id: [row(sent)] for sent in made.sent},
        events=stays,
        tasks={
            f"t{visit}": story(made, visit)
            for visit, triggers in made.stays.items()
            if state(triggers).signal
        },
        resources=list(unique.values()),
        seen=[
            Seen("record", visit, step, state(triggers[:step]).status, step)
            for visit, triggers in made.stays.items()
            for step in range(1, len(triggers) + 1)
        ],
    )


def row(sent: Sent) -> Json:
    kept = {"stay": "delivered", "merge": "delivered", "no effect": "no_effect", "refused": "refused"}[
        sent.kind
    ]
    refused = sent.kind == "refused"
    return {
        "message_id": f"m-{sent.control_id}", "outcome": "refused" if refused else "kept", "state": kept,
        "reason": "only ADT messages come in here" * refused, "repeats": 0,
    }  # fmt: skip


def said_by(sent: Sent) -> list[Event]:
    message = f"m-{sent.control_id}"
    return [Event(f"e-{sent.control_id}", message, "patient-transferred", sent.visit, message)]


def person_of(made: Plan, visit: str) -> str:
    stays = {goes: stays for stays, goes in made.merged_away}
    together = next((pair for pair in made.people if visit in pair), {visit})
    return f"p{stays.get(visit, min(together) if visit not in dict(made.merged_away) else visit)}"


def resources_of(made: Plan, visit: str) -> list[Json]:
    triggers, person = made.stays[visit], person_of(made, visit)
    now = state(triggers)
    found: list[Json] = [
        {"resourceType": "Patient", "id": person, "active": True},
        {
            "resourceType": "Encounter", "id": visit, "status": now.status, "identifier": [{"value": visit}],
            "subject": {"reference": f"Patient/{person}"},
            "location": [{"location": {"display": f"F{len(triggers):02d}"}}],
        },
    ]  # fmt: skip
    if person != f"p{visit}" and visit in {goes for _, goes in made.merged_away}:
        link = {"other": {"reference": f"Patient/{person}"}, "type": "replaced-by"}
        found.append({"resourceType": "Patient", "id": f"p{visit}", "active": False, "link": [link]})
    if now.signal:
        found.append({"resourceType": "Task", "id": f"t{visit}", "status": "requested"})
    return found


def story(made: Plan, visit: str) -> Json:
    triggers = made.stays[visit]
    task = {
        "task_id": f"t{visit}", "spell": visit, "signal": state(triggers).signal, "status": "requested",
        "ward": {"ward": f"F{len(triggers):02d}"},
    }  # fmt: skip
    return {
        "task": task,
        "evidence": [
            {"message_id": f"m-{visit}S{n}", "replaced": False} for n in range(1, len(triggers) + 1)
        ],
    }


def test_a_round_that_went_well_has_no_fault() -> None:
    assert faults(went_well()) == []


def first(found: Evidence, kind: str) -> Sent:
    return next(sent for sent in found.plan.sent if sent.kind == kind)


def with_task(found: Evidence) -> Json:
    return next(iter(found.tasks.values()))


def lost(found: Evidence) -> None:
    del found.messages[first(found, "stay").control_id]


def lost_on_the_way(found: Evidence) -> None:
    found.events = [one for one in found.events if one.message_id != f"m-{first(found, 'stay').control_id}"]


def lost_by_the_task(found: Evidence) -> None:
    with_task(found)["evidence"].pop()


def lost_by_the_record(found: Evidence) -> None:
    found.resources = [one for one in found.resources if one["resourceType"] != "Encounter"]


def kept_twice(found: Evidence) -> None:
    rows = found.messages[first(found, "stay").control_id]
    rows.append(rows[0] | {"message_id": "m-again"})


def said_twice(found: Evidence) -> None:
    found.events.append(replace(found.events[0], event_id="e-again"))


def told_twice(found: Evidence) -> None:
    with_task(found)["evidence"].append(with_task(found)["evidence"][0])


def two_tasks(found: Evidence) -> None:
    again = copy.deepcopy(with_task(found))
    found.tasks["t-again"] = again


def one_event_with_two_contents(found: Evidence) -> None:
    found.events.append(replace(found.events[0], subject="somebody else"))


def backwards(found: Evidence) -> None:
    last = max(found.seen, key=lambda seen: seen.step)
    triggers = found.plan.stays[last.spell]
    found.seen.append(replace(last, step=1, shown=state(triggers[:1]).status, version=last.version + 1))


def version_backwards(found: Evidence) -> None:
    found.seen.append(replace(found.seen[-1], version=0))


def never_so(found: Evidence) -> None:
    found.seen[0] = replace(found.seen[0], shown="cancelled")


def older_at_the_end(found: Evidence) -> None:
    encounter = next(one for one in found.resources if one["resourceType"] == "Encounter")
    encounter["location"][0]["location"]["display"] = "F01"


def refused_without_a_reason(found: Evidence) -> None:
    sent = first(found, "refused")
    sent.answers = [replace(sent.answers[0], reason="")]


def refusal_forgotten(found: Evidence) -> None:
    found.messages[first(found, "refused").control_id] = []


def refused_for_nothing(found: Evidence) -> None:
    sent = first(found, "stay")
    sent.answers.append(Answer("AE", sent.control_id, "207"))


def answered_for_another(found: Evidence) -> None:
    sent = first(found, "stay")
    sent.answers = [replace(sent.answers[0], control_id="X")]


def never_answered(found: Evidence) -> None:
    first(found, "stay").answers.clear()


def something_waits(found: Evidence) -> None:
    found.ledger |= {"waiting": 1, "delivered": found.ledger["delivered"] - 1}


def counts_disagree(found: Evidence) -> None:
    found.ledger["kept"] += 1


def counted_more_than_was_sent(found: Evidence) -> None:
    found.ledger["received"] += 5


def does_not_add_up(found: Evidence) -> None:
    found.ledger["adds_up"] = False


def not_merged(found: Evidence) -> None:
    _, goes = found.plan.merged_away[0]
    for one in found.resources:
        if one["resourceType"] == "Encounter" and one["id"] == goes:
            one["subject"] = {"reference": f"Patient/p{goes}"}


def strangers_merged(found: Evidence) -> None:
    for one in found.resources:
        if one["resourceType"] == "Encounter":
            one["subject"] = {"reference": "Patient/p1"}


def red_at_the_end(found: Evidence) -> None:
    found.ready = '{"status": "not ready"}'


@pytest.mark.parametrize(
    "harm, word",
    [
        (lost, "LOST"), (lost_on_the_way, "LOST"), (lost_by_the_task, "LOST"), (lost_by_the_record, "0 Encounters"),
        (kept_twice, "DOUBLED"), (said_twice, "DOUBLED"), (told_twice, "DOUBLED"), (two_tasks, "2 tasks"),
        (one_event_with_two_contents, "2 contents"),
        (backwards, "BACKWARDS"), (version_backwards, "BACKWARDS"), (never_so, "never was"),
        (older_at_the_end, "at step 1 of"),
        (refused_without_a_reason, "without a reason"), (refusal_forgotten, "not kept with its reason"),
        (refused_for_nothing, "refused: 207"), (answered_for_another, "answered as 'X'"),
        (never_answered, "never answered"),
        (something_waits, "1 waiting at the end"), (counts_disagree, "the hospital sent"),
        (counted_more_than_was_sent, "received"), (does_not_add_up, "does not add up"),
        (not_merged, "not one person"), (strangers_merged, "one person, against"), (red_at_the_end, "not ready"),
    ],
)  # fmt: skip
def test_every_harm_is_found(harm: Callable[[Evidence], None], word: str) -> None:
    found = went_well()
    harm(found)
    assert any(word in fault for fault in faults(found)), faults(found)


def test_the_console_consumers_line_is_read() -> None:
    line = (
        "ce_specversion:1.0,ce_id:e1,ce_source:/x,ce_type:uk.gov.coventry.asc.discharge.patient-admitted.v1,"
        "ce_time:2026-10-02T10:00:00Z,ce_subject:p1,ce_correlationid:m1,ce_causationid:m1"
    )
    assert read_headers(line) == Event("e1", "m1", "patient-admitted", "p1", "m1")
