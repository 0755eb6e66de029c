"""Decides from the outside whether a round went well: nothing lost, nothing doubled, nothing backwards, nothing left.

It is given what the hospital remembers and what the bridge's interfaces say (`evidence`), and knows nothing of how
the bridge works. `faults` returns a sentence for each fault; none: the round went well.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faults.hospital import Plan, State, state, step_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
LEFT_OVER = ("waiting", "held", "parked", "dead")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at one place (the worklist, the record, a sink) showed of one stay. `version` only ever grows."""

    place: str
    spell: str
    step: int
    shown: str
    version: int


@dataclass(frozen=True, slots=True)
class Event:
    """An event as the log shows it: its message, its type without the prefix, and whom it is about."""

    event_id: str
    message_id: str
    type: str
    subject: str
    caused_by: str


@dataclass(slots=True)
class Evidence:
    """All that was read from outside after a round, and what was seen during it."""

    plan: Plan
    ledger: Json
    messages: dict[str, list[Json]]
    """What the message search finds, by control id."""
    events: list[Event]
    tasks: dict[str, Json]
    """Each task's story, by its id, as `/api/tasks/{id}` tells it."""
    resources: list[Json]
    """Everything the shared record holds."""
    seen: list[Seen] = field(default_factory=list)
    ready: str = "ready"


def faults(found: Evidence) -> list[str]:
    """Return everything that is wrong, in words."""
    spells = _spells(found)
    checks = (
        _acknowledged(found),
        _refusals(found),
        _ledger(found),
        _said_once(found),
        _stays(found, spells),
        _one_person(found),
        _never_back(found, spells),
    )
    return [fault for check in checks for fault in check]


def _acknowledged(found: Evidence) -> Iterator[str]:
    """Each message was answered, is kept once, and has come to its end."""
    for sent in found.plan.sent:
        if not sent.answers:
            yield f"{sent.control_id}: never answered"
        for answer in sent.answers:
            if answer.control_id != sent.control_id:
                yield f"{sent.control_id}: answered as {answer.control_id!r}"
        rows = found.messages.get(sent.control_id, [])
        if len(rows) > 1:
            yield f"{sent.control_id}: DOUBLED, kept {len(rows)} times"
        if sent.kind == "refused":
            continue
        if not rows:
            yield f"{sent.control_id}: LOST, the bridge knows nothing of it"
            continue
        wanted = "no_effect" if sent.kind == "no effect" else "delivered"
        if rows[0]["state"] != wanted:
            yield f"{sent.control_id}: is {rows[0]['state']}, not {wanted}"
        if rows[0]["repeats"] >= max(1, sent.tries):
            yield f"{sent.control_id}: {rows[0]['repeats']} repeats, but it was sent {sent.tries} times"


def _refusals(found: Evidence) -> Iterator[str]:
    """Each refused message has its reason, told to the sender and kept here; nothing else is refused."""
    for sent in found.plan.sent:
        refused = [answer for answer in sent.answers if not answer.accepted]
        if sent.kind != "refused":
            yield from (f"{sent.control_id}: refused: {answer.reason}" for answer in refused)
            continue
        if sent.acknowledged:
            yield f"{sent.control_id}: accepted, though nothing can be made of it"
        if not all(answer.reason for answer in refused):
            yield f"{sent.control_id}: refused without a reason"
        rows = found.messages.get(sent.control_id, [])
        if [(row["outcome"], bool(row["reason"])) for row in rows] != [("refused", True)]:
            yield f"{sent.control_id}: a refusal that is not kept with its reason"


def _ledger(found: Evidence) -> Iterator[str]:
    """Both sums come out, nothing waits, and the counts are those of the hospital."""
    row, sent = found.ledger, found.plan.sent
    if not row["adds_up"]:
        yield f"the ledger does not add up: {row}"
    yield from (f"{row[name]} {name} at the end" for name in LEFT_OVER if row[name])
    kinds = Counter(one.kind for one in sent)
    kept = len(sent) - kinds["refused"]
    if row["kept"] != kept:
        yield f"the ledger has {row['kept']} kept; the hospital sent {kept} messages"
    if row["no_effect"] != kinds["no effect"]:
        yield f"the ledger has {row['no_effect']} without effect, not {kinds['no effect']}"
    if row["refused"] < kinds["refused"]:
        yield f"the ledger has {row['refused']} refused, not {kinds['refused']} or more"
    tries = sum(one.tries for one in sent)
    if row["received"] > tries:
        yield f"the ledger has {row['received']} received; the hospital sent {tries} times"
    if found.ready != "ready":
        yield f"not ready at the end: {found.ready}"


def _said_once(found: Evidence) -> Iterator[str]:
    """No message says the same twice; one that takes effect says something; one event has one content."""
    contents: dict[str, set[Event]] = {}
    for event in found.events:
        contents.setdefault(event.event_id, set()).add(event)
    yield from (
        f"event {one} has {len(all_of)} contents" for one, all_of in contents.items() if len(all_of) > 1
    )
    once = {event for event in found.events if event.caused_by == event.message_id}
    count = Counter((event.message_id, event.type, event.subject) for event in once)
    control_ids = {rows[0]["message_id"]: control_id for control_id, rows in found.messages.items() if rows}
    for (message_id, kind, _), times in count.items():
        if times > 1:
            yield f"{control_ids.get(message_id, message_id)}: DOUBLED, {kind} said {times} times"
    speaking = {event.message_id for event in found.events}
    for sent in found.plan.sent:
        rows = found.messages.get(sent.control_id, [])
        if sent.kind in ("stay", "merge") and rows and rows[0]["message_id"] not in speaking:
            yield f"{sent.control_id}: LOST, kept and never said"


def _stays(found: Evidence, spells: dict[str, str]) -> Iterator[str]:
    """Each stay stands where its messages leave it, with one Encounter, one task or none, and every message told."""
    encounters = Counter(_visit(one) for one in found.resources if one["resourceType"] == "Encounter")
    by_visit: dict[str, list[Json]] = {}
    for story in found.tasks.values():
        by_visit.setdefault(spells.get(story["task"]["spell"], ""), []).append(story)
    for visit, triggers in found.plan.stays.items():
        wanted, step = state(triggers), len(triggers)
        if encounters[visit] != 1:
            yield f"{visit}: {encounters[visit]} Encounters"
        stories = by_visit.get(visit, [])
        if len(stories) != bool(wanted.signal):
            yield f"{visit}: {len(stories)} tasks, wanted {int(bool(wanted.signal))}"
        for story in stories:
            yield from _task(found, visit, story, wanted, step)
    for one in found.resources:
        if one["resourceType"] != "Encounter":
            continue
        visit = _visit(one)
        triggers = found.plan.stays.get(visit, ())
        if one["status"] != state(triggers).status or ward_step(one) != len(triggers):
            yield f"{visit}: the record says {one['status']} at step {ward_step(one)} of {len(triggers)}"


def _task(found: Evidence, visit: str, story: Json, wanted: State, step: int) -> Iterator[str]:
    task = story["task"]
    at = step_of((task["ward"] or {"ward": ""})["ward"])
    if task["signal"] != wanted.signal or at != step:
        yield f"{visit}: the task says {task['signal']} at step {at}, wanted {wanted.signal} at {step}"
    told = Counter(one["message_id"] for one in story["evidence"] if not one["replaced"])
    for sent in found.plan.sent:
        rows = found.messages.get(sent.control_id, [])
        if sent.visit == visit and sent.kind == "stay" and rows:
            times = told[rows[0]["message_id"]]
            if times != 1:
                word = "DOUBLED" if times else "LOST"
                yield f"{sent.control_id}: {word}, stands {times} times among what the task rests on"
    record = [
        one for one in found.resources if one["resourceType"] == "Task" and one["id"] == task["task_id"]
    ]
    if [one["status"] for one in record] != [task["status"]]:
        yield f"{visit}: the record's Task is {[one['status'] for one in record]}, the desk's {task['status']}"


def _one_person(found: Evidence) -> Iterator[str]:
    """Whoever became one person is one Patient, the other one points to them; nobody else was made one."""
    subject = {
        _visit(one): one["subject"]["reference"]
        for one in found.resources
        if one["resourceType"] == "Encounter"
    }
    together: dict[str, set[str]] = {}
    for visit, patient in subject.items():
        together.setdefault(patient, set()).add(visit)
    wanted = {
        next((pair for pair in found.plan.people if visit in pair), frozenset({visit})) for visit in subject
    }
    for visits in {frozenset(one) for one in together.values()} - wanted:
        yield f"{' and '.join(sorted(visits))}: one person, against what the hospital said"
    for visits in wanted - {frozenset(one) for one in together.values()}:
        yield f"{' and '.join(sorted(visits))}: not one person, against what the hospital said"
    for one in found.resources:
        if one["resourceType"] == "Patient" and f"Patient/{one['id']}" not in subject.values():
            links = [link["other"]["reference"] for link in one.get("link", [])]
            if one.get("active") is not False or not set(links) <= set(subject.values()):
                yield f"Patient/{one['id']}: has no stay, and points to {links}"


def _never_back(found: Evidence, spells: dict[str, str]) -> Iterator[str]:
    """In no place was an older state of a stay seen after a newer one, nor one that its messages never made."""
    last: dict[tuple[str, str], Seen] = {}
    for seen in found.seen:
        visit = spells.get(seen.spell, "")
        triggers = found.plan.stays.get(visit, ())
        before = last.get((seen.place, seen.spell), seen)
        if seen.step < before.step or seen.version < before.version:
            yield (
                f"{visit}: BACKWARDS on the {seen.place}, step {before.step} (version {before.version}) and then "
                f"{seen.step} ({seen.version})"
            )
        last[seen.place, seen.spell] = seen
        wanted = state(triggers[: seen.step])
        if seen.shown != (wanted.signal if seen.place == "worklist" else wanted.status):
            yield f"{visit}: the {seen.place} showed {seen.shown} at step {seen.step}, which it never was"


def _spells(found: Evidence) -> dict[str, str]:
    """The visit number of each stay, by its key."""
    return {one["id"]: _visit(one) for one in found.resources if one["resourceType"] == "Encounter"}


def _visit(encounter: Json) -> str:
    """The hospital's own number of a stay."""
    values = [one["value"] for one in encounter.get("identifier", ()) if one["value"].startswith("V")]
    return values[0] if values else encounter["id"]


def ward_step(encounter: Json) -> int:
    """How far along its stay an Encounter is, by the ward that it names."""
    return max(
        (step_of(one["location"].get("display", "")) for one in encounter.get("location", ())), default=0
    )
