"""Compares what two derivations made of the same messages, by meaning: tasks, stays, what is published, indexes.

Numbers of revisions, versions and the moments at which something was written are no meaning. Each difference says why:
which rule, list or reading of a message decided otherwise, from the trail of both decisions. Of content only codes,
states and moments of work are told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.events.logs.cloud_event import rfc3339
from ascbridge.operations.shadow.derived import AT_ONCE, Side, people_of, prepared, rows
from ascbridge.operations.shadow.found import Difference, Field
from ascbridge.operations.shadow.whence import Whence, words_of
from ascbridge.storage.tables import (
    allocated,
    dirty_person,
    door_request,
    door_task,
    known_admission,
    patient,
    sent_resource,
    spell,
    sub_task,
    task,
    urgent_matter,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Row, Table


PEOPLE_AT_ONCE = 50
_NO_MEANING = frozenset({"revision", "rule", "task", "spell", "kind", "sealed"})
_SHOWN = frozenset(
    {
        "status", "stage", "signal", "reason", "owner_team", "due_ms", "opened_ms", "escalates_ms", "escalates_to",
        "needs_a_look", "not_confirmed", "pathway", "blocks", "decision", "code", "stands", "since_ms", "team",
        "number_state",
    }
)  # fmt: skip
"""Of which members the values are told; of all others only that they differ."""
_BODIES = ((task, task.c.task_id), (door_task, door_task.c.task_id), (sub_task, sub_task.c.task_id))
_INDEXES: tuple[tuple[Table, str, tuple[str, ...]], ...] = (
    (
        patient,
        "patient_key",
        (
            "person_id", "authority", "nhs_lookup", "number_state", "birth_lookup", "postcode_lookup", "restricted",
            "died", "died_on",
        ),
    ),
    (allocated, "patient_key", ("team", "worker_lookup")),
    (
        door_request,
        "request_id",
        ("kind", "owner_team", "outcome", "waits_for", "received_on", "referred_on", "assessed_on", "cared_on"),
    ),
    (known_admission, "spell_key", ("team", "since_ms", "here")),
)  # fmt: skip
_SORTS = {
    "patient": "how a person is found", "allocated": "whose somebody is", "door_request": "what somebody waits for",
    "known_admission": "a team's person in hospital",
}  # fmt: skip


@dataclass
class Comparison:
    """Two sides. `moved` are patient keys of whom more was kept than the shadow has heard; `only` bounds it to the
    people of the second side.
    """

    before: Side
    after: Side
    moved: frozenset[str] = frozenset()
    only: bool = False
    compared: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def differences(self) -> Iterator[Difference]:
        """Give every difference, and count what was compared."""
        self._whence = Whence(self.before.database, self.after.database)
        self._people = self._of_second() if self.only else None
        yield from self._tasks()
        yield from self._urgent()
        yield from self._stays()
        for table, key, names in _INDEXES:
            yield from self._index(table, key, names)
        yield from self._records()

    # -- work

    def _tasks(self) -> Iterator[Difference]:
        for table, key in _BODIES:
            columns = [
                key,
                table.c.patient_key,
                table.c.person_id,
                table.c.kind,
                table.c.desk_version,
                table.c.body,
            ]
            columns.append(door_task.c.explanation if table is door_task else table.c[_spell_of(table)])
            for id, was, now in self._both(key, columns):
                if self._acted(was, now) or self._out(was, now):
                    continue
                self.compared["task"] += 1
                old, new = (orjson.loads(row.body) if row is not None else {} for row in (was, now))
                fields = _fields(old, new)
                if fields:
                    one = _there(was, now)
                    cause, why = self._why(table, was, now)
                    yield Difference(
                        "task", one.kind, id, one.person_id, _stands(old), _stands(new), cause, fields, why
                    )

    def _acted(self, was: Row[Any] | None, now: Row[Any] | None) -> bool:
        versions = [row.desk_version if row is not None else 0 for row in (was, now)]
        if versions[0] == versions[1] or not self.before.running:
            return False
        if was is not None and now is None:
            return False  # it would not be there, whatever people did with it
        self.left_out["tasks that somebody acted on since"] += 1
        return True

    def _why(self, table: Table, was: Row[Any] | None, now: Row[Any] | None) -> tuple[str, tuple[str, ...]]:
        if table is door_task:
            old, new = (orjson.loads(row.explanation) if row is not None else {} for row in (was, now))
            return self._whence.of_door(old, new, _there(was, now).patient_key)
        key = _there(was, now).spell_key
        return self._whence.of_stay(key)

    def _urgent(self) -> Iterator[Difference]:
        m = urgent_matter.c
        for id, was, now in self._both(m.matter_id, [*urgent_matter.c]):
            if self._out(was, now):
                continue
            self.compared["task"] += 1
            old, new = (
                {name: getattr(row, name) for name in ("status", "stands", "since_ms")}
                if row is not None
                else {}
                for row in (was, now)
            )
            if fields := _fields(old, new):
                one = _there(was, now)
                cause, why = self._whence.of_stay(one.spell_key)
                yield Difference(
                    "task", f"urgent: {one.code}", id, one.person_id, str(old.get("status", "")),
                    str(new.get("status", "")), cause, fields, why,
                )  # fmt: skip

    def _stays(self) -> Iterator[Difference]:
        s = spell.c
        for id, was, now in self._both(
            s.spell_key, [s.spell_key, s.patient_key, s.person_id, s.decision, s.status, s.view]
        ):
            if self._out(was, now):
                continue
            self.compared["stay"] += 1
            old, new = (
                {**orjson.loads(row.view), "decision": row.decision, "status": row.status}
                if row is not None
                else {}
                for row in (was, now)
            )
            if fields := _fields(old, new):
                one = _there(was, now)
                cause, why = self._whence.of_stay(id)
                before, after = (
                    f"{side['status']}: {side['decision']}" if side else "" for side in (old, new)
                )
                yield Difference("stay", "stay", id, one.person_id, before, after, cause, fields, why)

    # -- indexes

    def _index(self, table: Table, key: str, names: Sequence[str]) -> Iterator[Difference]:
        columns = [table.c[key], *(table.c[name] for name in dict.fromkeys(("patient_key", *names)))]
        for id, was, now in self._both(table.c[key], columns):
            if self._out(was, now):
                continue
            self.compared["index"] += 1
            old, new = (
                {name: getattr(row, name) for name in names} if row is not None else {} for row in (was, now)
            )
            if fields := _fields(old, new):
                one = _there(was, now)
                person = getattr(one, "person_id", "") or self._whence.person_of(one.patient_key)
                cause, why = self._whence.of_person(one.patient_key)
                yield Difference(
                    "index", _SORTS[table.name], id, person, "there" if old else "", "there" if new else "", cause,
                    fields, why,
                )  # fmt: skip

    # -- what is published

    def _records(self) -> Iterator[Difference]:
        waiting = self._waiting() if self.before.running else frozenset[str]()
        everybody = self._published()
        while people := list(islice(everybody, PEOPLE_AT_ONCE)):
            some = [one for one in people if one not in waiting]
            self.left_out["people whose news is still being published"] += len(people) - len(some)
            moved = self._moved_people(some)
            self.left_out["people of whom more has come since"] += len(moved)
            some = [one for one in some if one not in moved]
            new = prepared(self.after, some)
            old = self._sent(some) if self.before.running else prepared(self.before, some)
            differing = {
                person
                for person in some
                if {n: d for n, (d, _) in old.get(person, {}).items()}
                != {n: d for n, (d, _) in new.get(person, {}).items()}
            }
            if differing and self.before.running:
                now_as = prepared(self.before, sorted(differing), afresh=True)
                for person in differing:
                    made = now_as.get(person, {})
                    # What was withdrawn stays at the sink, and neither side would publish it again.
                    old[person] = {
                        name: made[name] if made[name][0] == digest else (digest, {})
                        for name, (digest, _) in old.get(person, {}).items()
                        if name in made
                    }
            for person in some:
                yield from self._resources(person, old.get(person, {}), new.get(person, {}))

    def _resources(
        self,
        person: str,
        old: Mapping[str, tuple[str, dict[str, str]]],
        new: Mapping[str, tuple[str, dict[str, str]]],
    ) -> Iterator[Difference]:
        for name in sorted(old.keys() | new.keys()):
            self.compared["record"] += 1
            was, now = old.get(name), new.get(name)
            if was is not None and now is not None and was[0] == now[0]:
                continue
            parts = sorted(
                one
                for one in ((was[1] if was else {}).keys() | (now[1] if now else {}).keys())
                if was and now and was[1] and was[1].get(one) != now[1].get(one)
            )
            cause, why = self._whence.of_record(person)
            yield Difference(
                "record", name.partition("/")[0], name, person, "published" if was else "",
                "published" if now else "", cause, tuple(Field(one) for one in parts), why,
            )  # fmt: skip

    def _published(self) -> Iterator[str]:
        """Give everybody whom one of the two publishes, each once."""
        last = ""
        while True:
            sides = [
                side.database.read_now(partial(people_of, side=side, after=last))
                for side in (self.before, self.after)
            ]
            full = [some[-1] for some in sides if len(some) == AT_ONCE]
            upto = min(full) if full else None
            found = sorted({one for some in sides for one in some if upto is None or one <= upto})
            for one in found:
                if self._people is None or one in self._people:
                    yield one
            if upto is None:
                return
            last = upto

    def _waiting(self) -> frozenset[str]:
        wanted = select(dirty_person.c.person_id).where(dirty_person.c.sink == self.before.preparation.sink)
        return frozenset(self.before.database.read_now(lambda c: list(c.execute(wanted).scalars())))

    def _sent(self, people: Sequence[str]) -> dict[str, dict[str, tuple[str, dict[str, str]]]]:
        wanted = select(sent_resource.c.person_id, sent_resource.c.resource, sent_resource.c.digest).where(
            sent_resource.c.sink == self.before.preparation.sink, sent_resource.c.person_id.in_(people)
        )
        found: dict[str, dict[str, tuple[str, dict[str, str]]]] = {}
        for person, name, digest in self.before.database.read_now(lambda c: list(c.execute(wanted))):
            found.setdefault(person, {})[name] = digest, {}
        return found

    # -- whom it is about

    def _of_second(self) -> frozenset[str]:
        wanted = select(patient.c.person_id).distinct()
        return frozenset(self.after.database.read_now(lambda c: list(c.execute(wanted).scalars())))

    def _moved_people(self, people: Sequence[str]) -> set[str]:
        if not self.moved:
            return set()
        wanted = select(patient.c.person_id, patient.c.patient_key).where(patient.c.person_id.in_(people))
        rows = self.before.database.read_now(lambda c: list(c.execute(wanted)))
        return {person for person, key in rows if key in self.moved}

    def _out(self, was: Row[Any] | None, now: Row[Any] | None) -> bool:
        """Whether a thing is left out: its person is not in the period, or more was kept of them since."""
        for row in (was, now):
            if row is not None and row.patient_key in self.moved:
                self.left_out["things of people of whom more has come since"] += 1
                return True
        if self._people is not None and now is None and was is not None:
            person = getattr(was, "person_id", "") or self._whence.person_of(was.patient_key)
            return person not in self._people
        return False

    def _both(
        self, key: ColumnElement[Any], columns: Sequence[Any]
    ) -> Iterator[tuple[str, Row[Any] | None, Row[Any] | None]]:
        """Give each row of either side by its key, with that of the other."""
        sides = [rows(side.database, key, columns) for side in (self.before, self.after)]
        heads = [next(rows, None) for rows in sides]
        while any(head is not None for head in heads):
            first = min(head[0] for head in heads if head is not None)
            found = [head if head is not None and head[0] == first else None for head in heads]
            yield first, found[0], found[1]
            heads = [
                next(rows, None) if one is not None else head
                for rows, one, head in zip(sides, found, heads, strict=True)
            ]


def _there(was: Row[Any] | None, now: Row[Any] | None) -> Row[Any]:
    """Return the later of the two that is there; one always is."""
    one = now if now is not None else was
    assert one is not None
    return one


def _spell_of(table: Table) -> str:
    return "spell_key" if "spell_key" in table.c else "task_id"


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return what differs between two bodies; where one is not there at all, what is shown of the other."""
    found = []
    for name in sorted((old.keys() | new.keys()) - _NO_MEANING):
        was, now = old.get(name), new.get(name)
        if (was or None) == (now or None) and old and new:
            continue
        if not (old and new) and name not in _SHOWN:
            continue
        shown = name in _SHOWN
        found.append(Field(name, words_of(name, was) if shown else "", words_of(name, now) if shown else ""))
    return tuple(found)


def _stands(body: Mapping[str, Any]) -> str:
    if not body:
        return ""
    due = f", due {rfc3339(body['due_ms'])}" if body.get("due_ms") else ""
    team = f", {body['owner_team']}" if body.get("owner_team") else ""
    stage = f", {body['stage']}" if body.get("stage") else ""
    return f"{body['status']}{stage}{team}{due}"
