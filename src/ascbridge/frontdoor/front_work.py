"""The front door's work of one batch in memory: read once for each person, decided, and written once.

Three ways lead here: what the council says (`reception`), what people do (`front_desk`), and time (`reception` again).
Only differences make events.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ascbridge.calendars import end_of_iso, iso_day
from ascbridge.discharge.deciding.desk_state import DeskState, desk_state
from ascbridge.discharge.keeping.store import read_care, read_patients
from ascbridge.discharge.stay.case_view import case_view
from ascbridge.events.facts.front_door import FrontDoorTask
from ascbridge.events.ledgers import history
from ascbridge.frontdoor import door_store
from ascbridge.frontdoor.door_status import (
    EVENT_WORDS,
    OPEN,
    OPENING,
    event_between,
    stage_of,
    status_of,
)
from ascbridge.frontdoor.needs import (
    Need,
    Person,
    as_json,
    ended_review,
    review_need,
    slot_of,
    triage_needs,
)
from ascbridge.frontdoor.request_waits import Wait, waits_of
from ascbridge.people import turns
from ascbridge.people.release import KnownDraft, release_batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.discharge.deciding.desk_state import Act
    from ascbridge.discharge.folding.stays import Desk
    from ascbridge.discharge.keeping.store import CareRows, PatientRow
    from ascbridge.events.logs.envelope import Cause
    from ascbridge.frontdoor.door_rules import DoorRules
    from ascbridge.frontdoor.door_store import Work
    from ascbridge.reference.in_force import ReferenceLists

LONGEST_STORY = 60
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """What the front door works with: the desk's outbox, keys and loaded lists, and its own rules."""

    desk: Desk
    rules: DoorRules


class FrontWork:
    """The people whom a batch touches, and what follows for them."""

    def __init__(self, connection: Connection, door: FrontDoor, now_ms: int) -> None:
        self._connection, self._door, self._now_ms = connection, door, now_ms
        self._patients: dict[str, PatientRow] = {}
        self._members: defaultdict[str, set[str]] = defaultdict(set)
        self._care: CareRows = {}
        self._lists: ReferenceLists | None = None
        self._written: dict[str, dict[str, Any]] = {}
        self._first_ms: dict[tuple[str, str], int] = {}
        self._set: dict[str, int | None] = {}
        self._history: dict[str, int] = {}
        self._works: dict[str, Work] = {}
        self._works_of: defaultdict[str, list[Work]] = defaultdict(list)
        self._waits: dict[str, list[Wait]] = {}
        self._clocks: dict[str, int | None] = {}
        self._released: list[tuple[Cause, list[KnownDraft]]] = []

    def load(
        self, patient_keys: Iterable[str], first_ms: Mapping[tuple[str, str], int] | None = None
    ) -> None:
        """Read all that is known of these people. `first_ms`: when the batch's requests were recorded (UTC ms)."""
        wanted = set(patient_keys)
        self._patients = read_patients(self._connection, wanted)
        if turns.take(self._connection, [f"door:{key}" for key in {*wanted, *self._patients}]):
            self._patients = read_patients(self._connection, wanted)
        for key, row in self._patients.items():
            self._members[row.person_id].add(key)
        keys = sorted(wanted | self._patients.keys())
        self._care = read_care(self._connection, keys)
        self._works = door_store.read_works(self._connection, keys)
        for work in self._works.values():
            self._works_of[work.patient_key].append(work)
        if not self._care and not self._works:
            return
        self._lists = self._door.desk.known_lists.read(self._connection)
        self._written = door_store.read_requests(self._connection, keys)
        self._first_ms = {
            (one["patient_key"], f"{one['kind']}:{one['number']}"): one["first_ms"]
            for one in self._written.values()
        }
        self._set = door_store.read_clocks(self._connection, keys)
        self._history = history.waiting(self._connection, keys)
        for name, at_ms in (first_ms or {}).items():
            self._first_ms[name] = min(at_ms, self._first_ms.get(name, at_ms))

    def person_id(self, patient_key: str) -> str:
        """Return who a patient key is."""
        row = self._patients.get(patient_key)
        return row.person_id if row is not None else patient_key

    def work(self, task: str) -> Work | None:
        """Return a loaded task."""
        return self._works.get(task)

    def pass_time(self, patient_key: str) -> None:
        """Take it that the time which was set for this patient key has come."""
        self._clocks[patient_key] = self._set[patient_key] = None

    # -- what follows

    def decide(self, patient_key: str, cause: Cause, happened_ms: int) -> None:
        """Decide about everything of one person; what differs becomes events of this cause."""
        person_id = self.person_id(patient_key)
        keys = self._members.get(person_id, set()) | {patient_key}
        said = {key: self._care[key] for key in sorted(keys) if key in self._care}
        mine = [work for key in sorted(keys) for work in self._works_of.get(key, ())]
        if not said and not mine:
            return
        died = any(row.died for key in keys if (row := self._patients.get(key)))
        person = self._person(said, mine, died=died)
        needs = triage_needs(person, self._door.rules)
        review, wake_ms = review_need(person, self._door.rules, self._now_ms)
        self._set_clock(keys, wake_ms)
        self._waits[person_id] = waits_of(person, needs)
        drafts: list[KnownDraft] = []
        for need in [*needs, *([review] if review is not None else [])]:
            drafts += self._meet(need, person_id, cause, happened_ms)
        for work in mine:
            if (
                work.fact is not None
                and work.fact.kind == "review"
                and (review is None or review.task != work.task)
            ):
                need = _over(work.fact, work.patient_key, person, review)
                drafts += self._meet(need, person_id, cause, happened_ms)
        if drafts:
            self._released.append((cause, drafts))

    def _person(self, said: CareRows, works: Sequence[Work], *, died: bool) -> Person:
        case = case_view(said, died=died, review_years=self._door.rules.review_years)
        first: dict[tuple[str, str], int] = {}
        spoke = {(work.patient_key, work.fact.about): _spoke_on(work.acts) for work in works if work.fact}
        person = Person(case, died, first, spoke)
        for one in person.requests:
            name = one.patient_key, slot_of(one)
            since = int(one.value["since_ms"])
            first[name] = min(since, self._first_ms.get(name, since))
        self._first_ms |= first
        return person

    def _set_clock(self, keys: set[str], wake_ms: int | None) -> None:
        """One of a person's keys carries their time; the others none."""
        first = min(keys)
        for key in keys:
            at_ms = wake_ms if key == first else None
            if self._set.get(key) != at_ms:
                self._clocks[key] = self._set[key] = at_ms

    def _meet(self, need: Need, person_id: str, cause: Cause, happened_ms: int) -> list[KnownDraft]:
        """Make one task what it needs to be."""
        task = need.task
        work = self._works.get(task) or door_store.Work(task, need.patient_key)
        desk = desk_state(work.acts)
        after = self._fact(task, need, desk)
        if work.fact is None and after.status not in OPEN:
            return []
        opens = after.status in OPEN and (work.fact is None or work.fact.status not in OPEN)
        if opens and self._is_old(need, person_id):
            return []
        if task not in self._works:
            self._works[task] = work
            self._works_of[work.patient_key].append(work)
        event = event_between(work.fact, after)
        because = as_json(need.because)
        moved = work.person_id != person_id or work.claimed_by != desk.claimed_by
        if event is None and not moved and work.explanation.get("because") == because and not desk.version:
            return []
        work.touched, work.person_id, work.claimed_by = True, person_id, desk.claimed_by
        work.explanation["because"] = because
        if event is None:
            return []
        self._keep(work, event, cause, happened_ms)
        return [KnownDraft(need.patient_key, f"door:{task}", happened_ms, event)]

    def _is_old(self, need: Need, person_id: str) -> bool:
        """Whether a need rests on history that may not be whole yet: the rest of it may say that it is over."""
        keys = self._members.get(person_id, set()) | {need.patient_key}
        told = [before_ms for key in keys if (before_ms := self._history.get(key)) is not None]
        return bool(told) and (need.kind == "review" or need.opened_ms < max(told))

    def _keep(self, work: Work, event: FrontDoorTask, cause: Cause, happened_ms: int) -> None:
        closed = event.status not in OPEN
        if not closed:
            work.closed_ms = None
        elif work.fact is None or work.fact.status in OPEN:
            work.closed_ms = self._now_ms
        if work.fact is None:
            work.invented = "yes" if self._door.desk.invented else ""
        told = {
            "at_ms": happened_ms, "what": EVENT_WORDS[type(event)], "signal": event.signal,
            "team": event.owner_team, "event": cause.event_id, "message": cause.message_id,
        }  # fmt: skip
        work.explanation["story"] = [*work.explanation.get("story", ()), told][-LONGEST_STORY:]
        work.fact = FrontDoorTask.model_validate(event.model_dump())
        work.unconfirmed = event.stage == "done" and event.signal in OPENING.values()

    def _fact(self, task: str, need: Need, desk: DeskState) -> FrontDoorTask:
        status = status_of(need.signal, stage_of(desk))
        return FrontDoorTask(
            task=task,
            kind=need.kind,
            about=need.about,
            revision=0,
            status=status,
            stage=stage_of(desk),
            signal=need.signal,
            opened_ms=need.opened_ms,
            due_ms=self._due_ms(need, desk) if status in OPEN else None,
            owner_team=need.team,
            owner_because=need.team_because,
            since_on=need.since_on,
            due_on=need.due_on,
            last_contact_on=need.last_contact_on,
            outcome=desk.outcome,
            **need.said,
        )

    def _due_ms(self, need: Need, desk: DeskState) -> int | None:
        if need.kind == "review":
            day_over = end_of_iso(need.due_on)
            return day_over - MINUTE_MS if day_over is not None else None
        since = max(need.opened_ms, desk.since_ms)
        lists = self._lists
        assert lists is not None, "read before anybody is decided about"
        hours = lists.hours(since).by_team.get(need.team)
        return self._door.rules.due_ms(stage_of(desk), need.team, since, lists.days(since).calendar, hours)

    def save(self) -> None:
        """Write what was decided, and let its events leave."""
        door_store.save_works(self._connection, list(self._works.values()), self._now_ms)
        door_store.save_waits(self._connection, self._waits, self._first_ms, self._now_ms, self._written)
        door_store.save_clocks(self._connection, self._clocks)
        desk = self._door.desk
        released = release_batch(self._connection, self._released, desk.data_keys, desk.prefix, self._now_ms)
        desk.outbox.emit(self._connection, [one for events in released for one in events], self._now_ms)


def _spoke_on(acts: Sequence[Act]) -> str:
    """Return the last day on which somebody says that they spoke with the person; what was taken back was not."""
    undone = {act.detail["undoes"] for act in acts if act.act == "undo"}
    return max(
        (iso_day(act.at_ms) for act in acts if act.act == "spoke" and act.version not in undone), default=""
    )


def _over(fact: FrontDoorTask, patient_key: str, person: Person, review: Need | None) -> Need:
    """What a review's task needs that is no longer the one which is wanted: to be closed, and to say why."""
    signal, because = ended_review(person, fact.about, fact.looked_on, review)
    kept: dict[str, Any] = {name: getattr(fact, name) for name in ("opened_ms", "since_on", "due_on")}
    return Need(
        kind="review",
        about=fact.about,
        patient_key=patient_key,
        signal=signal,
        team=fact.owner_team,
        team_because=fact.owner_because,
        last_contact_on=fact.last_contact_on,
        said={"allocated_team": fact.allocated_team, "looked_on": fact.looked_on},
        because=because,
        **kept,
    )
