"""What takes two people: one asks and says why, another approves or refuses. Nothing happens in between.

The two must be two: another name, and another sign-in. Who asked may take it back, which is a refusal too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import select, update

from ascbridge.events.logs.envelope import derived_id
from ascbridge.people import known_as
from ascbridge.people.membership import keys_of
from ascbridge.storage.tables import people_request

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.people.actor import Actor

Kind = Literal["lift-restriction", "erase"]
State = Literal["asked", "refused", "approved", "done"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WORDS: dict[str, str] = {"lift-restriction": "lifting a restriction", "erase": "erasing a person"}
"""What each kind is called in the audit."""

_COLUMNS = (
    people_request.c.request_id, people_request.c.kind, people_request.c.person_id, people_request.c.why,
    people_request.c.asked_by, people_request.c.asked_in, people_request.c.asked_ms, people_request.c.state,
    people_request.c.decided_by, people_request.c.decided_why, people_request.c.decided_ms,
    people_request.c.patient_keys, people_request.c.done_ms,
)  # fmt: skip


class RequestRefused(ValueError):
    """Something that cannot be asked, or cannot be approved, as it is; the text says why."""


class NoSuchRequest(LookupError):
    """There is no request with this id."""


@dataclass(frozen=True, slots=True)
class Request:
    """What one person asked, and what another made of it. Times are UTC epoch milliseconds."""

    request_id: str
    kind: Kind
    person_id: str
    why: str
    asked_by: str
    asked_in: str
    asked_ms: int
    state: State
    decided_by: str
    decided_why: str
    decided_ms: int | None
    patient_keys: str
    done_ms: int | None

    @property
    def keys(self) -> tuple[str, ...]:
        """The patient keys that an approved erasure is about."""
        return tuple(self.patient_keys.split())


def ask(connection: Connection, kind: Kind, person_id: str, asked_by: Actor, why: str, now_ms: int) -> str:
    """Ask for something to be done to a person; return the request's id. Raises `RequestRefused`."""
    if not why.strip():
        raise RequestRefused("say why")
    if not keys_of(connection, [person_id]):
        raise RequestRefused("there is no such person, or no longer: look who they are now")
    open_already = of_person(connection, person_id, ("asked", "approved"))
    if any(one.kind == kind for one in open_already):
        raise RequestRefused("this is asked already")
    request_id = derived_id(now_ms, kind, person_id, asked_by.who)
    row = {
        "request_id": request_id, "kind": kind, "person_id": person_id, "why": why, "asked_by": asked_by.who,
        "asked_in": asked_by.sign_in, "asked_ms": now_ms, "state": "asked",
    }  # fmt: skip
    connection.execute(people_request.insert(), [row])
    asked_by.did(connection, f"{WORDS[kind]} asked", person_id, why, now_ms)
    return request_id


def to_approve(connection: Connection, request_id: str, approver: Actor) -> tuple[Request, tuple[str, ...]]:
    """Return a request that this person may approve, locked, and the keys of whom it is about.

    Raises `RequestRefused` or `NoSuchRequest`.
    """
    request = _undecided(connection, request_id)
    if approver.may_be(request.asked_by, request.asked_in):
        raise RequestRefused("who asked may not approve: a second person must, in a sign-in of their own")
    keys = keys_of(connection, [request.person_id]).get(request.person_id, ())
    if not keys:
        raise RequestRefused("this person was merged with another since; refuse it and ask again")
    return request, tuple(dict.fromkeys((*keys, *known_as.theirs_of(connection, keys))))


def decide(
    connection: Connection, request: Request, state: State, actor: Actor, now_ms: int, **more: object
) -> None:
    """Write down what became of a request."""
    connection.execute(
        update(people_request)
        .where(people_request.c.request_id == request.request_id)
        .values(state=state, decided_by=actor.who, decided_ms=now_ms, **more)
    )


def refuse(connection: Connection, request_id: str, refused_by: Actor, why: str, now_ms: int) -> None:
    """Refuse what was asked, or take back what one asked oneself. Raises as `to_approve`."""
    if not why.strip():
        raise RequestRefused("say why")
    request = _undecided(connection, request_id)
    decide(connection, request, "refused", refused_by, now_ms, decided_why=why)
    refused_by.did(connection, f"{WORDS[request.kind]} refused", request.person_id, why, now_ms)


def find(connection: Connection, request_id: str) -> Request:
    """Return a request. Raises `NoSuchRequest`."""
    found = _read(connection, people_request.c.request_id == request_id)
    if not found:
        raise NoSuchRequest(request_id)
    return found[0]


def in_state(connection: Connection, *states: State, lock: bool = False) -> list[Request]:
    """Return the requests in these states, the oldest first; with `lock`, those that nobody else has locked."""
    return _read(connection, people_request.c.state.in_(states), lock=lock)


def of_person(connection: Connection, person_id: str, states: tuple[State, ...]) -> list[Request]:
    """Return what was asked about a person, in these states, the oldest first."""
    return _read(connection, people_request.c.person_id == person_id, people_request.c.state.in_(states))


def _undecided(connection: Connection, request_id: str) -> Request:
    wanted = select(*_COLUMNS).where(people_request.c.request_id == request_id).with_for_update()
    row = connection.execute(wanted).mappings().first()
    if row is None:
        raise NoSuchRequest(request_id)
    request = Request(**row)
    if request.state != "asked":
        verb = "refused" if request.state == "refused" else "approved"
        raise RequestRefused(f"{request.decided_by} {verb} it already")
    return request


def _read(connection: Connection, *where: Any, lock: bool = False) -> list[Request]:
    wanted = select(*_COLUMNS).where(*where)
    ordered = wanted.order_by(people_request.c.asked_ms, people_request.c.request_id)
    if lock:
        ordered = ordered.with_for_update(skip_locked=True)
    return [Request(**row) for row in connection.execute(ordered).mappings()]
