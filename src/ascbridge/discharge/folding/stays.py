"""The stays of one batch in memory: loaded once, folded event by event, decided, and written once.

Both ways to a task come through here: what hospital and council say (`engine`), and what people do (`desk`).
Only differences make events.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.discharge.deciding.changes import in_words, stay_differs, stay_fact, stay_parts, task_event
from ascbridge.discharge.deciding.decision import Case, Person, decide, told_in, told_of
from ascbridge.discharge.deciding.desk_state import desk_state
from ascbridge.discharge.deciding.pathway import CLOSED
from ascbridge.discharge.deciding.person_view import person_view
from ascbridge.discharge.folding import joined_stays
from ascbridge.discharge.keeping import allocations, store
from ascbridge.discharge.keeping.care_slots import council_view, next_row, slot_of
from ascbridge.discharge.keeping.known_admissions import follow_admissions
from ascbridge.discharge.keeping.late_news import LATE_MS
from ascbridge.discharge.keeping.store import Stay
from ascbridge.discharge.stay.joining import JOINED
from ascbridge.discharge.stay.spell import EMPTY, fold, merge, without
from ascbridge.discharge.stay.spell_view import view
from ascbridge.discharge.sub_tasks.sub_work import follow
from ascbridge.discharge.urgent.urgent_work import SeenStay, follow_urgent
from ascbridge.events.facts.catalogue import Fact, StayEnteredByHand, TaskFact
from ascbridge.events.logs.cloud_event import epoch_ms
from ascbridge.people.postcodes import postcodes_of
from ascbridge.people.release import KnownDraft, release_batch
from ascbridge.reference.known_lists import KnownLists

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection

    from ascbridge.discharge.deciding.reference import Reference
    from ascbridge.discharge.keeping.care_slots import CareFact
    from ascbridge.discharge.keeping.store import CareRows, PatientRow
    from ascbridge.discharge.stay.statements import Said
    from ascbridge.events.facts.catalogue import StayChanged
    from ascbridge.events.logs.envelope import Cause
    from ascbridge.events.logs.log import Record
    from ascbridge.events.logs.outbox import Outbox
    from ascbridge.people.data_keys import DataKeys


@dataclass(frozen=True, slots=True)
class Desk:
    """What a discharge desk works with. `invented` marks the tasks of a simulated city.

    `reference` has the lists that ship; `reference_now` those that are loaded. News that is older than `late_news_ms`
    when it is heard is late.
    """

    reference: Reference
    outbox: Outbox
    data_keys: DataKeys
    prefix: str
    invented: bool = False
    generation: int = 1
    late_news_ms: int = LATE_MS
    known_lists: KnownLists = field(default_factory=KnownLists)

    def reference_now(self, connection: Connection) -> Reference:
        """Return what the desk goes by, with the lists as they are loaded now."""
        return replace(self.reference, lists=self.known_lists.read(connection))


@dataclass(frozen=True, slots=True)
class Heard:
    """An event as it came. `happened_ms` is UTC ms; `record` is the event itself, where there is one.

    `about` is the stay it speaks of, which keeps it as evidence whatever it changes; empty: it speaks of a
    person, and only the stays that it changes keep it.
    """

    cause: Cause
    subject: str
    happened_ms: int
    about: str = ""
    record: Record | None = None

    @property
    def sealed(self) -> bytes | None:
        """The sealed part, where the event has one."""
        if self.record is None or b'"sealed"' not in self.record.value:
            return None
        return store.sealed_bytes(orjson.loads(self.record.value))

    @property
    def key_id(self) -> str:
        """Which data key seals it."""
        return "" if self.record is None else self.record.headers.get("ce_keyid", "")

    def evidence(self, record: Record) -> dict[str, Any]:
        """Return its row of evidence, but for spell and effect: made only for what some stay keeps."""
        said = orjson.loads(record.value)
        said.pop("sealed", None)
        return {
            "event_id": record.event_id,
            "message_id": self.cause.message_id,
            "subject": record.key,
            "type": record.event_type,
            "time_ms": self.happened_ms,
            "recorded_ms": epoch_ms(record.headers["ce_recordedtime"]),
            "data": orjson.dumps(said),
        }


class Stays:
    """The stays that a batch touches, and what follows from it."""

    def __init__(self, connection: Connection, desk: Desk, now_ms: int) -> None:
        self._connection, self._desk, self._now_ms = connection, desk, now_ms
        self._reference = desk.reference_now(connection)
        self._stays: dict[str, Stay] = {}
        self._patients: dict[str, PatientRow] = {}
        self._members: dict[str, set[str]] = {}
        self._stays_of: defaultdict[str, set[str]] = defaultdict(set)
        self._care: CareRows = {}
        self._evidence: list[dict[str, Any]] = []
        self._released: list[tuple[Cause, list[KnownDraft]]] = []
        self._last_heard: dict[str, Heard] = {}
        self._by_hand: set[str] = set()
        self._into: dict[str, str] = {}

    # -- what is known

    def load(self, spells: Collection[str], patients: Collection[str]) -> None:
        """Read these stays and everybody they or the batch are about."""
        store.take_turns(self._connection, spells)
        wanted = set(spells) - self._stays.keys()
        read = store.read_stays(self._connection, wanted, self._desk.generation)
        self._stays |= read
        keys = {*patients}.union(
            *({stay.patient_key, *stay.state.named("patient")} for stay in self._stays.values())
        )
        self._patients |= store.read_patients(self._connection, keys - self._patients.keys())
        for key, row in self._patients.items():
            self._members.setdefault(row.person_id, set()).add(key)
        for stay in read.values():
            if stay.shown is not None:
                self._belongs(stay, stay.patient_key, self.person_id(stay.patient_key))
        wanted = ({*self._patients} | keys) - self._care.keys()
        self._care |= store.read_care(self._connection, wanted, deciding=True)
        self._load_joined(read, keys)

    def _load_joined(self, read: dict[str, Stay], keys: set[str]) -> None:
        """Read also what may be one stay with these: of whom somebody entered a stay by hand, every stay."""
        self._by_hand |= {key for key, stay in read.items() if stay.state.head("entered")}
        self._into |= {key: into for key, stay in read.items() if (into := joined_stays.into(stay))}
        entered = store.entered_by_hand(self._connection, {*self._patients} | keys, self._desk.generation)
        more = {into for key, into in self._into.items() if key in read}
        if entered:
            persons = {self.person_id(key) for key in entered.values()}
            everything = {key for one in persons for key in self._members.get(one, {one})}
            more |= entered.keys() | store.spells_of(self._connection, everything, self._desk.generation)
        if more - self._stays.keys():
            self.load(more, [])

    def known(self, spell: str) -> Stay | None:
        """Return a loaded stay, or None where nobody ever spoke of it."""
        stay = self._stays.get(spell)
        return stay if stay is not None and stay.shown is not None else None

    def person_id(self, patient_key: str) -> str:
        """Return who a patient key is; a key that no message introduced is a person of its own."""
        row = self._patients.get(patient_key)
        return row.person_id if row is not None else patient_key

    def stays_of(self, patient_keys: Iterable[str]) -> list[str]:
        """Return the loaded stays of the persons with these keys, in order."""
        persons = {self.person_id(key) for key in patient_keys}
        return sorted({stay for person in persons for stay in self._stays_of.get(person, ())})

    # -- what is said

    def hear_stay(self, said: Said, heard: Heard) -> None:
        """Fold one fact about a stay, and decide. Not signed off (*shadow*): evidence only."""
        key = said.fact.spell
        if "shadow" in getattr(said.fact, "marks", ()):
            self._keep_evidence(key, heard, "shadow")
            return
        stay = self._stays[key]
        stay.patient_key = stay.patient_key or said.patient
        stay.state = merge(stay.state, said)
        if isinstance(said.fact, StayEnteredByHand):
            self._by_hand.add(key)
        sealed = heard.sealed
        if sealed is not None:  # the visit number, as the last message sealed it
            stay.sealed, stay.sealed_event, stay.key_id = sealed, heard.cause.event_id, heard.key_id
        self.decide(key, heard)

    def take_back(self, message_id: str, translation: int, heard: Heard) -> None:
        """A message was translated again: wherever its earlier translations spoke, fold afresh without them.

        Call it before what the new translation says is heard.
        """
        store.save_evidence(self._connection, self._evidence)
        self._evidence.clear()
        touched = store.spells_that_heard(self._connection, message_id)
        self.load(touched, [])
        for key in sorted({*touched, heard.about} & self._stays.keys()):
            stay = self._stays[key]
            if stay.state.translations.get(message_id, 0) < translation:
                translations = {**stay.state.translations, message_id: translation}
                stay.state = fold(store.read_evidence(self._connection, key), translations)
                if key != heard.about:
                    self.decide(key, heard)

    def hear_council(self, fact: CareFact, heard: Heard) -> None:
        """Keep what the council said of one of its people, and decide about that person's stays."""
        slots = self._care.setdefault(heard.subject, {})
        slot = slot_of(fact)
        before = slots.get(slot)
        row = next_row(before, fact, heard.cause.message_id, heard.cause.event_id)
        if row is None:
            return
        sealed = heard.sealed
        if sealed is not None and (before is None or row.stamp > before.stamp):
            row.sealed, row.sealed_event, row.key_id = sealed, heard.cause.event_id, heard.key_id
        row.changed = True
        slots[slot] = row
        self.decide_again([heard.subject], heard)

    def hear_details(self, heard: Heard) -> None:
        """Decide about a patient's tasks and dropped stays, where what was told of the patient is new."""
        for key in self.stays_of([heard.subject]):
            stay = self._stays[key]
            if stay.task is None and stay.decision != "drop":
                continue
            stay.touched = True  # they may live elsewhere now
            if told_of(self._person(stay.patient_key, ())) != told_in(stay.explanation):
                self.decide(key, heard)

    def decide_again(self, patient_keys: Iterable[str], heard: Heard, *, afresh: bool = False) -> None:
        """Decide about the loaded stays of these people; `afresh` folds them from their evidence first."""
        for key in self.stays_of(patient_keys):
            stay = self._stays[key]
            if afresh:
                stay.state = fold(store.read_evidence(self._connection, key), stay.state.translations)
            self.decide(key, heard)

    # -- what follows

    def decide(self, key: str, heard: Heard) -> None:
        """Decide about one stay, and about those that are joined with it or no longer are.

        What differs becomes events of this cause, and part of the task's story.
        """
        for one in self._regroup(key) if self._by_hand else (key,):
            self._decide(one, heard)

    def _regroup(self, key: str) -> Iterable[str]:
        """See anew which stays are one, and return about which to decide: first what is joined, then what joins it."""
        group = joined_stays.with_theirs(key, self._into)
        persons = {self.person_id(joined_stays.patient_of(self._stays[one])) for one in group}
        persons |= {self._stays[one].person_id for one in group}
        group |= {one for person in persons for one in self._stays_of.get(person, ())}
        by_person: defaultdict[str, list[Stay]] = defaultdict(list)
        for one in sorted(group):
            by_person[self.person_id(joined_stays.patient_of(self._stays[one]))].append(self._stays[one])
        now = {k: v for stays in by_person.values() for k, v in joined_stays.joins_of(stays).items()}
        changed = {one for one in group if self._into.get(one, "") != now.get(one, "")}
        roots = {self._into.get(one, "") for one in changed} | {now.get(one, "") for one in {key, *changed}}
        self._into = {k: v for k, v in self._into.items() if k not in group} | now
        order = sorted({key, *changed, *(roots - {""})} & self._stays.keys())
        return sorted(order, key=lambda one: one not in self._into)

    def _decide(self, key: str, heard: Heard) -> None:
        stay = self._stays[key]
        case = self._case(stay)
        decision = decide(case, self._reference)
        restricted = case.person.restricted
        revision = stay.shown.revision + 1 if stay.shown is not None else 1
        shown = stay_fact(key, case.view, restricted=restricted, revision=revision)
        parts = stay_parts(stay.shown, shown)
        moved = stay.patient_key != case.view.patient
        event = task_event(stay.task, decision.task, moved=moved) if decision.task is not None else None
        facts: list[tuple[str, Fact]] = []
        if case.into and stay.shown is None:
            stay.shown = shown  # nobody was told of it, and nobody needs to be
        elif moved or stay_differs(stay.shown, shown):
            facts.append((f"stay:{key}", shown))
            stay.shown = shown
        if event is not None:
            facts.append((f"task:{event.task}", event))
            self._keep_task(stay, event)
        self._belongs(stay, case.view.patient, case.person.person_id)
        stay.claimed_by = case.desk.claimed_by
        stay.decision = JOINED if case.into else decision.verdict.then
        stay.explanation = decision.explanation
        if restricted:  # where a restricted person is stands nowhere, not even here
            for one in (stay, *(self._stays[key] for key in case.joined)):
                one.state = without(one.state, "ward")
        if key in self._by_hand:  # nobody who enters a stay knows its visit number: it comes with what joins
            told = next(
                (one for one in map(self._stays.__getitem__, case.joined) if one.sealed), Stay(key, "")
            )
            stay.sealed, stay.sealed_event, stay.key_id = told.sealed, told.sealed_event, told.key_id
        stay.touched = True
        if stay.task is not None:
            self._last_heard[key] = heard
        if facts:
            drafts = [KnownDraft(stay.patient_key, slot, heard.happened_ms, fact) for slot, fact in facts]
            self._released.append((heard.cause, drafts))
        if facts or heard.about == key:
            self._keep_evidence(key, heard, JOINED if case.into else in_words(event, parts))

    def _keep_evidence(self, spell: str, heard: Heard, effect: str) -> None:
        if heard.record is not None:
            self._evidence.append({**heard.evidence(heard.record), "spell_key": spell, "effect": effect})

    def _case(self, stay: Stay) -> Case:
        into = self._into.get(stay.key, "")
        joined = tuple(sorted(one for one, root in self._into.items() if root == stay.key))
        state, last_known = stay.state, stay.patient_key
        if into:
            state, last_known = EMPTY, joined_stays.patient_of(stay)
        elif joined:
            state = joined_stays.as_one(stay.state, [self._stays[one].state for one in joined])
        seen = view(state, last_known)
        person = self._person(seen.patient, seen.patients)
        keys = sorted({seen.patient, *self._members.get(person.person_id, ())})
        council = council_view([said for key in keys for said in self._care.get(key, {}).items()])
        desk = desk_state(stay.acts)
        return Case(stay.key, state, seen, person, council, desk, stay.task, into, joined)

    def _person(self, patient_key: str, named: Iterable[str]) -> Person:
        person_id = self.person_id(patient_key)
        keys = sorted(self._members.get(person_id, ()))
        persons = {key: self.person_id(key) for key in named}
        return person_view(person_id, [self._patients[key] for key in keys], persons)

    def _belongs(self, stay: Stay, patient_key: str, person_id: str) -> None:
        """Set whose a stay is, and let it be found there."""
        self._stays_of[stay.person_id].discard(stay.key)
        stay.patient_key, stay.person_id = patient_key, person_id
        self._stays_of[person_id].add(stay.key)

    def _keep_task(self, stay: Stay, event: TaskFact) -> None:
        if event.status not in CLOSED:
            stay.closed_ms = None
        elif stay.task is None or stay.task.status not in CLOSED:
            stay.closed_ms = self._now_ms
        if stay.task is None:
            stay.invented = "yes" if self._desk.invented else ""
        stay.task = TaskFact.model_validate(event.model_dump())
        stay.moved_ms = self._now_ms

    def _find_localities(self, stays: Iterable[Stay]) -> None:
        """Say whose base looks after who has work to be done; where a restricted person is stands nowhere."""
        living: list[Stay] = []
        for stay in stays:
            if stay.task is None:
                continue
            if self._person(stay.patient_key, ()).restricted:
                stay.locality = ""
            elif stay.task.status not in CLOSED:
                living.append(stay)
        people = [stay.patient_key for stay in living]
        postcodes = postcodes_of(self._connection, self._desk.data_keys, people)
        areas = self._reference.lists.localities(self._now_ms)
        for stay in living:
            stay.locality = areas.of(postcodes.get(stay.patient_key, ""))

    def save(self) -> None:
        """Write what was decided, and let its events leave."""
        touched = [stay for stay in self._stays.values() if stay.touched]
        self._find_localities(touched)
        store.save_stays(self._connection, touched, self._desk.generation, self._now_ms)
        entered = {stay.key: joined_stays.patient_of(stay) for stay in touched if stay.key in self._by_hand}
        store.save_entered(self._connection, entered, self._desk.generation)
        store.save_evidence(self._connection, self._evidence)
        allocations.save(self._connection, self._desk.data_keys, self._care, self._now_ms)
        released = release_batch(
            self._connection, self._released, self._desk.data_keys, self._desk.prefix, self._now_ms
        )
        self._desk.outbox.emit(self._connection, [one for events in released for one in events], self._now_ms)
        if self._last_heard:  # what was split off a task goes the way of the task
            follow(self._connection, self._desk, self._reference, self._last_heard, self._now_ms)
        self.see_urgent(touched)

    def see_urgent(self, stays: Iterable[Stay]) -> None:
        """Let what is urgent about these stays, and whose people came in, follow how they now stand; call it last."""
        seen = [self._seen(stay, stay.shown) for stay in stays if stay.shown is not None]
        follow_urgent(self._connection, self._reference, seen, self._now_ms)
        follow_admissions(self._connection, seen, self._care, self._now_ms)

    def _seen(self, stay: Stay, shown: StayChanged) -> SeenStay:
        person = self._person(stay.patient_key, ())
        keys = tuple(sorted({stay.patient_key, *self._members.get(person.person_id, ())}))
        how = (shown, person.death.died, "yes" if self._desk.invented else "", stay.decision == JOINED)
        return SeenStay(stay.key, stay.patient_key, stay.person_id, keys, *how)
