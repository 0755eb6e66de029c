"""What lets a reader open a person's record: work for them, an allocation, a contact that the reader took, or, where
there is nothing of that kind, an opening that somebody looks at afterwards.

Worked out anew from the facts at each reading, the likeliest first; nothing of it is kept. It never widens what a role
is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import orjson
from sqlalchemy import or_, select

from ascbridge.access import may
from ascbridge.discharge.deciding.pathway import CLOSED
from ascbridge.discharge.urgent.urgent_store import about_person
from ascbridge.events.facts.catalogue import SealedWorker
from ascbridge.people.membership import keys_of, restricted
from ascbridge.people.opening import Erased, open_sealed
from ascbridge.relationship import duty_contacts, openings
from ascbridge.storage.tables import care, door_task, task

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from ascbridge.access import Section
    from ascbridge.people.data_keys import DataKeys

Kind = Literal["task", "allocation", "contact", "opening"]
LATELY_MS = 14 * 24 * 3_600_000
"""How long after a task was closed its team may still open the person: for follow-up and questions."""
NIGHT_MS = 24 * 3_600_000
"""How long after an urgent matter last changed whoever sees those may still open the person."""
_TASKS: tuple[tuple[Section, Table], ...] = (("worklist", task), ("front-door", door_task))


@dataclass(frozen=True, slots=True)
class Reader:
    """Who wants to read, and of which teams they are, as far as that is known."""

    who: str
    role: str
    sign_in: str
    organisation: str = ""
    teams: tuple[str, ...] = ()
    employer: str = ""
    """Which organisation of the access table theirs is."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a reader may open a record. `words` go into the audit and onto the page; they name nobody.

    `until_ms` is when it ends by the clock alone (UTC ms), None where it does not.
    """

    kind: Kind
    words: str = ""
    until_ms: int | None = None


def ground_of(
    connection: Connection, data_keys: DataKeys, reader: Reader, person_id: str, now_ms: int
) -> Ground | None:
    """Return why this reader may open this person's record now; None where nothing is known that would let them."""
    if at_work(connection, person_id, now_ms, reader.employer, reader.role):
        return Ground("task")
    whose = _allocated(connection, data_keys, reader, person_id)
    if whose:
        return Ground("allocation", f"allocated to {whose}")
    caller = duty_contacts.in_force(connection, reader, person_id, now_ms)
    if caller:
        return Ground("contact", f"contact: {duty_contacts.CALLERS[caller]}")
    opened = openings.in_force(connection, reader, person_id, now_ms)
    return Ground("opening", opened.reason, opened.until_ms) if opened is not None else None


def at_work(connection: Connection, person_id: str, now_ms: int, employer: str, role: str) -> bool:
    """Whether there is, or lately was, work for a person on a list that this role sees at this organisation."""
    if may(employer, role, "night") and about_person(connection, person_id, now_ms - NIGHT_MS):
        return True
    return any(
        may(employer, role, section) and _worked_on(connection, of, person_id, now_ms - LATELY_MS)
        for section, of in _TASKS
    )


def _worked_on(connection: Connection, of: Table, person_id: str, since_ms: int) -> bool:
    wanted = select(of.c.task_id).where(
        of.c.person_id == person_id, or_(of.c.status.not_in(CLOSED), of.c.closed_ms >= since_ms)
    )
    return connection.execute(wanted.limit(1)).first() is not None


def _allocated(connection: Connection, data_keys: DataKeys, reader: Reader, person_id: str) -> str:
    """Return to whom the council's last word allocates a person, where that is the reader: *them*, *their team*."""
    keys = keys_of(connection, [person_id]).get(person_id, ())
    wanted = select(care).where(care.c.patient_key.in_(keys), care.c.slot == "worker")
    row = connection.execute(wanted.order_by(care.c.stamp.desc(), care.c.patient_key).limit(1)).first()
    team = "" if row is None else str(orjson.loads(row.value).get("team") or "")
    if row is None or not team or not may(reader.employer, reader.role, "person"):
        return ""
    if any(_same(team, one) for one in reader.teams):
        return "their team"
    if row.sealed is None:
        return ""
    opened = open_sealed(
        connection, data_keys, row.sealed, row.key_id, row.sealed_event,
        restricted=bool(restricted(connection, [row.patient_key])), model=SealedWorker,
    )  # fmt: skip
    return "them" if not isinstance(opened, Erased) and _same(opened.worker_name, reader.who) else ""


def is_theirs(reader: Reader, team: str, worker: str) -> bool:
    """Whether somebody allocated to this team and worker is the reader's: by name, or by a team of theirs."""
    return any(_same(team, one) for one in reader.teams) or _same(worker, reader.who)


def _same(one: str, other: str) -> bool:
    return bool(one.strip()) and " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
