"""Split-off work of one batch in memory: each sub-task is what its team, its parent and the council make of it.

Two ways lead here: what people do (`sub_desk`), and what becomes of the parent or of a thing that the council speaks of
(`follow`, in the transaction of that). Only differences make events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.discharge.keeping import store
from ascbridge.discharge.keeping.council_things import Thing, things_of
from ascbridge.discharge.sub_tasks import sub_store
from ascbridge.discharge.sub_tasks.sub_state import (
    GOING_ON,
    SUB_OPEN,
    SUB_WORKING,
    state_words,
    sub_desk_state,
    sub_event,
    sub_signal,
    sub_status,
    sub_tell,
)
from ascbridge.events.facts.split_work import SubTaskFact
from ascbridge.people.release import KnownDraft, release_batch
from ascbridge.reference.sub_task_kinds import SubTasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from ascbridge.discharge.deciding.reference import Reference
    from ascbridge.discharge.folding.stays import Desk, Heard
    from ascbridge.discharge.sub_tasks.sub_state import SubDesk
    from ascbridge.discharge.sub_tasks.sub_store import Parent, SubWork
    from ascbridge.events.logs.envelope import Cause
    from ascbridge.reference.sub_task_kinds import SubTaskKind


class SubWorks:
    """The sub-tasks of the stays that a batch touches, and what follows for them."""

    def __init__(self, connection: Connection, desk: Desk, reference: Reference, now_ms: int) -> None:
        self._connection, self._desk, self._reference = connection, desk, reference
        self._now_ms = now_ms
        self.works: dict[str, SubWork] = {}
        self.parents: dict[str, Parent] = {}
        self._things: dict[str, dict[str, Thing]] = {}
        self._released: list[tuple[Cause, list[KnownDraft]]] = []

    def load(self, spells: Iterable[str]) -> None:
        """Read all sub-tasks of these stays' tasks, and what they rest on."""
        self.works = sub_store.read_sub_works(self._connection, sorted(set(spells)))
        self.load_parents({work.spell for work in self.works.values()})

    def load_parents(self, spells: Iterable[str]) -> None:
        """Read the tasks of these stays, and of how things stand what their sub-tasks rest on."""
        wanted = set(spells)
        if not wanted:
            return
        self.parents |= sub_store.read_parents(self._connection, wanted, self._desk.generation)
        if any(work.fact is not None and work.fact.about for work in self.works.values()):
            self.load_things()

    def load_things(self) -> None:
        """Read how the council says that the things of these people stand."""
        self._things = things_of(self._connection, [one.patient_key for one in self.parents.values()])

    def things(self, spell: str) -> dict[str, str]:
        """Return how the things of a stay's person stand, by the council's slot."""
        return {slot: thing.status for slot, thing in self._of(spell).items()}

    def words_of(self, spell: str, about: str) -> str:
        """Return what the council calls a thing of a stay's person; empty where it does not speak of it."""
        thing = self._of(spell).get(about)
        return thing.words if thing is not None else ""

    def _of(self, spell: str) -> dict[str, Thing]:
        return self._things.get(self.parents[spell].patient_key, {})

    def of_parent(self, parent: str) -> list[SubWork]:
        """Return the sub-tasks of one task."""
        return [work for work in self.works.values() if work.parent == parent]

    def kind_of(self, work: SubDesk) -> SubTaskKind | None:
        """Return the kind of work, by the list that held when it was split off."""
        return kinds_of(self._reference, work.list_version, self._now_ms).by_code.get(work.kind)

    def decide(self, work: SubWork, cause: Cause, happened_ms: int) -> None:
        """Decide about one sub-task; what differs becomes an event of this cause."""
        parent = self.parents.get(work.spell)
        if parent is None:
            return
        desk = sub_desk_state(work.acts)
        after = self._fact(work, desk, parent)
        moved = work.patient_key != parent.patient_key
        event = sub_event(work.fact, after, moved=moved)
        if event is None and work.claimed_by == desk.claimed_by and work.person_id == parent.person_id:
            return
        work.touched, work.claimed_by = True, desk.claimed_by
        work.patient_key, work.person_id = parent.patient_key, parent.person_id
        if event is None:
            return
        if event.status in SUB_WORKING:
            work.closed_ms = None
        elif work.fact is None or work.fact.status in SUB_WORKING:
            work.closed_ms = self._now_ms
        if work.fact is None:
            work.invented = "yes" if self._desk.invented else ""
        work.fact = SubTaskFact.model_validate(event.model_dump())
        self._released.append((cause, [KnownDraft(work.patient_key, f"sub:{work.task}", happened_ms, event)]))

    def _fact(self, work: SubWork, desk: SubDesk, parent: Parent) -> SubTaskFact:
        kind = self.kind_of(desk)
        thing = self.things(work.spell).get(desk.about, "") if desk.about else ""
        signal = sub_signal(parent.fact, thing)
        status = sub_status(desk, signal, thing)
        team = kind.team if kind is not None else ""
        due_ms = None
        if status in SUB_OPEN and kind is not None:
            limit = kind.limit_in(desk.state)
            due_ms = self._reference.deadlines.after(desk.since_ms, limit, team)
        stopped = signal not in GOING_ON or signal == "not-wanted"
        return SubTaskFact(
            task=work.task,
            parent=work.parent,
            spell=work.spell,
            kind=desk.kind,
            title=kind.words if kind is not None else desk.kind,
            what=desk.what,
            revision=0,
            status=status,
            state=desk.state,
            state_words=state_words(kind, desk.state),
            signal=signal,
            reason=desk.reason or (signal if stopped and status == "cancelled" else ""),
            list_version=desk.list_version,
            tell=sub_tell(desk, signal, thing),
            about=desk.about,
            before_discharge=desk.before_discharge,
            opened_ms=desk.opened_ms,
            due_ms=due_ms,
            finished_ms=desk.finished_ms,
            owner_team=team,
            offers=desk.offers,
            offers_lost=desk.offers_lost,
        )

    def save(self) -> None:
        """Write what was decided, and let its events leave."""
        sub_store.save_sub_works(self._connection, list(self.works.values()), self._now_ms)
        desk = self._desk
        released = release_batch(self._connection, self._released, desk.data_keys, desk.prefix, self._now_ms)
        desk.outbox.emit(self._connection, [one for events in released for one in events], self._now_ms)


def kinds_of(reference: Reference, ident: str, now_ms: int) -> SubTasks:
    """Return the list that something was stored by; where nobody knows that any more, what holds now."""
    version = reference.lists.find(ident)
    if version is not None and isinstance(version.data, SubTasks):
        return version.data
    return reference.lists.sub_tasks(now_ms)


def follow(
    connection: Connection, desk: Desk, reference: Reference, touched: Mapping[str, Heard], now_ms: int
) -> None:
    """Let the sub-tasks of these stays follow what became of their tasks; `touched` says by which event."""
    works = SubWorks(connection, desk, reference, now_ms)
    works.load(touched)
    for work in works.works.values():
        heard = touched[work.spell]
        works.decide(work, heard.cause, heard.happened_ms)
    if works.works:
        works.save()


def follow_things(connection: Connection, desk: Desk, spoken_of: Mapping[str, Heard], now_ms: int) -> None:
    """Let sub-tasks follow what the council said of things; `spoken_of` says of which patient keys, by which event."""
    patients = store.read_patients(connection, spoken_of)
    by_person = {row.person_id: heard for key, heard in spoken_of.items() if (row := patients.get(key))}
    by_person |= {key: heard for key, heard in spoken_of.items() if key not in patients}
    spells = sub_store.spells_waiting_for_things(connection, sorted(by_person))
    if not spells:
        return
    store.take_turns(connection, sorted(spells))
    works = SubWorks(connection, desk, desk.reference_now(connection), now_ms)
    works.load(spells)
    for work in works.works.values():
        heard = by_person.get(work.person_id)
        if heard is not None:
            works.decide(work, heard.cause, heard.happened_ms)
    works.save()
