"""From dirty people to what has to be sent: gather, map, leave out what the sink holds already, check the
rest.

One person's fault is that person's alone: it comes back as a cause in words, and the others go on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import select

from ascbridge.events.faults import cause_of, is_infrastructure
from ascbridge.events.ledger import owed_to_sink
from ascbridge.events.sealing import SealBroken
from ascbridge.people.identities import in_lists
from ascbridge.people.membership import keys_of
from ascbridge.record.checks import BadResource, check
from ascbridge.record.gathering import gather
from ascbridge.record.mapping.bundle import name_of, resources, shared
from ascbridge.storage.tables import sent_resource

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys
    from ascbridge.record.views import Council, PersonView
    from ascbridge.uk_core import Json


@dataclass(frozen=True, slots=True)
class Sent:
    """What a sink is known to hold of one resource. `unsure` says that a send of it went out and nobody
    knows more.
    """

    digest: str
    version: str
    unsure: bool


@dataclass(frozen=True, slots=True)
class Send:
    """One resource that differs from what the sink is known to hold; `version` is what it holds, for
    If-Match.

    `unsure` ones are looked at first; `held` ones turn out to be there already.
    """

    name: str
    body: Json
    digest: str
    version: str = ""
    unsure: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A dirty person whom this publisher has taken: the mark seen, and until when (UTC ms) it has them."""

    person_id: str
    mark: int
    lease_ms: int
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Unit:
    """What goes or fails together: one person's sends, or one shared resource (then `taken` is None).

    `owed` are the events of each patient key that this state includes. `needs` are shared resources and,
    for someone merged away, their successor: these must be held first. `fault` says why nothing may be
    sent.
    """

    taken: Taken | None
    sends: tuple[Send, ...] = ()
    owed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    erased: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one person's view: resources of their own, and those they share, by name."""

    view: PersonView
    own: list[Json]
    shared: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Batch:
    """Units in the order in which they may be sent: what is shared, people, and those merged into others."""

    shared: tuple[Unit, ...]
    people: tuple[Unit, ...]
    merged: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Preparation:
    """How people are turned into units, for one sink."""

    sink: str
    council: Council
    data_keys: DataKeys
    generation: int = 1

    def prepare(self, connection: Connection, taken: Sequence[Taken]) -> Batch:
        """Return what has to be sent for these people, all read from one snapshot."""
        people = [each.person_id for each in taken]
        keys = keys_of(connection, people)
        owed = owed_to_sink(connection, self.sink, [key for group in keys.values() for key in group])
        views, broken = self._views(connection, people)
        made = self._made(views, broken)
        common = {name: body for each in made.values() for name, body in each.shared.items()}
        names = {name_of(body) for each in made.values() for body in each.own} | common.keys()
        sent = sent_state(connection, self.sink, names)
        units: list[Unit] = []
        for each in taken:
            mine = {key: owed[key] for key in keys.get(each.person_id, ()) if key in owed}
            fault = broken.get(each.person_id, "")
            units.append(Unit(each, fault=fault) if fault else _unit(each, made[each.person_id], sent, mine))
        gone = {person for person, view in views.items() if view.patient.state == "merged"}
        return Batch(
            shared=tuple(_shared_unit(send) for send in _sends(common.values(), sent)),
            people=tuple(unit for unit, each in zip(units, taken, strict=True) if each.person_id not in gone),
            merged=tuple(unit for unit, each in zip(units, taken, strict=True) if each.person_id in gone),
        )

    def _made(self, views: Mapping[str, PersonView], broken: dict[str, str]) -> dict[str, Made]:
        """Return what becomes of each person; who cannot be mapped is put into `broken`."""
        made = {}
        for person, view in views.items():
            try:
                common = shared([view], self.council) if view.patient.state == "present" else {}
                made[person] = Made(view, resources(view, self.council), common)
            except Exception as fault:  # noqa: BLE001  one person's odd data must not stop everybody's
                broken[person] = _cause(fault)
        return made

    def _views(
        self, connection: Connection, people: Sequence[str]
    ) -> tuple[dict[str, PersonView], dict[str, str]]:
        """Return the views, and why somebody has none: what is sealed was tampered with."""
        try:
            return self._gather(connection, people), {}
        except SealBroken:
            views, broken = dict[str, "PersonView"](), dict[str, str]()
        for person in people:
            try:
                views |= self._gather(connection, [person])
            except SealBroken as fault:
                broken[person] = f"what is known of this person cannot be opened: {fault}"
        return views, broken

    def _gather(self, connection: Connection, people: Sequence[str]) -> dict[str, PersonView]:
        return gather(connection, self.data_keys, self.sink, people, self.generation)


def digest(body: Json) -> str:
    """Return what tells two states of a resource apart; which message said it last (meta.source) does not."""
    meta = {name: value for name, value in body.get("meta", {}).items() if name != "source"}
    plain = orjson.dumps({**body, "meta": meta}, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(plain).hexdigest()


def sent_state(connection: Connection, sink: str, names: Sequence[str] | set[str]) -> dict[str, Sent]:
    """Return what the sink is known to hold under these names."""
    found: dict[str, Sent] = {}
    for part in in_lists(sorted(names)):
        rows = connection.execute(
            select(sent_resource).where(sent_resource.c.sink == sink, sent_resource.c.resource.in_(part))
        )
        found |= {row.resource: Sent(row.digest, row.version, bool(row.unsure)) for row in rows}
    return found


def _sends(bodies: Iterable[Json], sent: Mapping[str, Sent]) -> Iterator[Send]:
    """Give those resources that the sink is not known to hold as they are."""
    for body in bodies:
        name, now = name_of(body), digest(body)
        known = sent.get(name)
        if known is None:
            yield Send(name, body, now)
        elif known.unsure or known.digest != now:
            yield Send(name, body, now, known.version, known.unsure)


def _unit(taken: Taken, made: Made, sent: Mapping[str, Sent], owed: Mapping[str, Sequence[str]]) -> Unit:
    sends = tuple(_sends(made.own, sent))
    fault = _refused(sends)
    if fault:
        return Unit(taken, fault=fault)
    about = made.view.patient
    needs = {f"Patient/{about.successor}"} if about.state == "merged" else made.shared.keys()
    return Unit(taken, sends, owed, frozenset(needs), erased=about.state == "erased")


def _shared_unit(send: Send) -> Unit:
    return Unit(None, (send,), fault=_refused([send]))


def _refused(sends: Iterable[Send]) -> str:
    """Return why these may not be sent, or nothing."""
    try:
        for send in sends:
            check(send.body)
    except BadResource as fault:
        return f"not valid FHIR, so not sent: {fault}"
    return ""


def _cause(fault: Exception) -> str:
    if is_infrastructure(fault):
        raise fault
    return cause_of(fault)
