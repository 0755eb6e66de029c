"""How far somebody may read over /fhir: by organisation and role, by the sites of a hospital's token, by its scopes.

Every read, search, version and history asks here, and so does what comes along with a search. What somebody may not do
is refused; what is out of their reach is not there, as if it never was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ascbridge.access import Access, may
from ascbridge.record.search import PARAMETERS, Reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.operations.scopes import Act, Scopes
    from ascbridge.record.resource_store import Stored
    from ascbridge.record.search import Query


class Principal(Protocol):
    """Who asks: an account or system, its role and organisation, what it showed, and of what alone it may read."""

    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def employer(self) -> str: ...
    @property
    def via(self) -> str: ...
    @property
    def facility(self) -> str: ...
    @property
    def scopes(self) -> Scopes | None: ...


class Refusal(Exception):
    """A request that is answered with an OperationOutcome. `text` says what to do; it quotes no value."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def allowed(who: Principal, resource_type: str = "") -> Principal:
    """Return who asks, if their role reads the interface and this type. Raises `Refusal`."""
    if may(who.employer, who.role, "fhir") is Access.full and not who.facility:
        return who
    if may(who.employer, who.role, "own-tasks") is Access.full and who.facility:
        if resource_type in {"Task", ""}:
            return who
        raise Refusal(403, "A hospital's token reads tasks of its own stays: GET /fhir/Task.")
    raise Refusal(403, "This role may not read the FHIR interface.")


def reach_of(who: Principal, act: Act, resource_type: str) -> Reach:
    """Return how far somebody may do that with a type. Raises `Refusal` where not at all."""
    if who.scopes is None:
        return Reach(who.facility)
    person = who.scopes.reach(act, resource_type)
    if person is None:
        does = {"r": "reads", "s": "searches"}[act]
        raise Refusal(
            403, f"No scope of this token {does} {resource_type}; its scopes are fixed when it is made."
        )
    return Reach(who.facility, person)


def readable(who: Principal, types: Sequence[str]) -> Sequence[str]:
    """Return those types of which anything may be read: all asked for, or where none is named all there are.

    Raises `Refusal` where one is asked for that may not be read.
    """
    if who.scopes is None:
        return types
    scopes = who.scopes
    for each in types:
        reach_of(who, "r", each)
    return types or [each for each in PARAMETERS if scopes.reach("r", each) is not None]


def may_come_along(who: Principal, query: Query) -> None:
    """Refuse a search that brings along what its bearer may never read. Raises `Refusal`."""
    if who.facility and (query.including or query.revincluding):
        raise Refusal(403, "A hospital's token reads tasks alone, and nothing that comes along.")
    for each in query.revincluding:
        reach_of(who, "r", each)


def may_read(who: Principal, stored: Stored) -> bool:
    """Whether something that would come along is within reach."""
    if who.scopes is None:
        return True
    person = who.scopes.reach("r", stored.resource_type)
    return person is not None and (not person or stored.person_id in (person, ""))
