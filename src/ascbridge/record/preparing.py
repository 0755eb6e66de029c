"""From dirty people to what has to be sent: gather, map, leave out what the sink holds already, check the
rest.

One person's fault is that person's alone: it comes back as a cause in words, and the others go on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import bindparam, select

from ascbridge.events.ledgers.ledger import owed_to_sink
from ascbridge.events.logs.cloud_event import rfc3339
from ascbridge.events.logs.faults import cause_of, is_infrastructure
from ascbridge.events.logs.sealing import SealBroken
from ascbridge.record import checks
from ascbridge.record.gathering import gather
from ascbridge.record.mapping.bundle import by_rule, name_of, shared
from ascbridge.record.mapping.provenance import Told, provenance_of_all
from ascbridge.record.origins import origins
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import sent_resource

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys
    from ascbridge.record.views import Council, PersonView
    from ascbridge.uk_core import Json

_SENT = Prepared.of(
    lambda one_of: select(
        sent_resource.c.resource, sent_resource.c.digest, sent_resource.c.version, sent_resource.c.unsure
    ).where(sent_resource.c.sink == bindparam("of"), one_of(sent_resource.c.resource, "names"))
)


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

    `unsure` ones are looked at first; `held` ones turn out to be there already. An earlier send of `late` ones may
    still arrive, and nothing guards against it: one remains unsure of them. `rule` is the mapping that made it.
    """

    name: str
    body: Json
    digest: str
    version: str = ""
    unsure: bool = False
    held: bool = False
    late: bool = False
    rule: str = ""


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
    sent. `beside` are the shared resources that a whole person refers to; `provenance` is where the sends come from,
    empty where that is not told.
    """

    taken: Taken | None
    sends: tuple[Send, ...] = ()
    owed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    erased: bool = False
    fault: str = ""
    beside: tuple[Json, ...] = ()
    provenance: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one person's view: resources of their own, each behind its rule, and those they share, by name."""

    view: PersonView
    own: list[tuple[str, Json]]
    shared: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Batch:
    """Units in the order in which they may be sent: what is shared, people, and those merged into others."""

    shared: tuple[Unit, ...]
    people: tuple[Unit, ...]
    merged: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Preparation:
    """How people are turned into units, for one sink.

    With `whole` all of a person is sent whenever anything of it differs, with what it refers to. With `provenance` it
    is told where it comes from.
    """

    sink: str
    council: Council
    data_keys: DataKeys
    generation: int = 1
    whole: bool = False
    provenance: bool = False

    def prepare(self, connection: Connection, taken: Sequence[Taken]) -> Batch:
        """Return what has to be sent for these people, all read from one snapshot."""
        views, broken = self._views(connection, [each.person_id for each in taken])
        owed = owed_to_sink(connection, self.sink, [key for view in views.values() for key in view.keys])
        made = self._made(views, broken)
        common = {name: body for each in made.values() for name, body in each.shared.items()}
        names = {name_of(body) for each in made.values() for _, body in each.own} | common.keys()
        sent = sent_state(connection, self.sink, names)
        mine = {person: self._to_send(each.own, sent) for person, each in made.items()}
        common_sends = tuple(_sends((("", body) for body in common.values()), {} if self.whole else sent))
        refused = _refused([send for sends in (*mine.values(), common_sends) for send in sends])
        told = self._provenances(connection, taken, mine)
        units: list[Unit] = []
        for each in taken:
            person = each.person_id
            fault = broken.get(person, "") or _fault(mine.get(person, ()), refused)
            if self.whole and not fault:
                fault = _fault((send for send in common_sends if send.name in made[person].shared), refused)
            unit = (
                Unit(each, fault=fault)
                if fault
                else _unit(each, made[person], mine[person], owed, whole=self.whole)
            )
            units.append(replace(unit, provenance=told.get(person, {})))
        gone = {person for person, view in views.items() if view.patient.state == "merged"}
        return Batch(
            shared=()
            if self.whole
            else tuple(Unit(None, (send,), fault=_fault([send], refused)) for send in common_sends),
            people=tuple(unit for unit, each in zip(units, taken, strict=True) if each.person_id not in gone),
            merged=tuple(unit for unit, each in zip(units, taken, strict=True) if each.person_id in gone),
        )

    def afresh(self) -> Preparation:
        """Return one for a sink that holds nothing, which has all of everybody sent."""
        return replace(self, sink=f"{self.sink} afresh", whole=False, provenance=False)

    def _to_send(self, own: Sequence[tuple[str, Json]], sent: Mapping[str, Sent]) -> tuple[Send, ...]:
        """Return what of a person has to be sent: what differs, or all of it if anything does."""
        differing = tuple(_sends(own, sent))
        return tuple(_sends(own, sent, every=True)) if self.whole and differing else differing

    def _provenances(
        self, connection: Connection, taken: Sequence[Taken], mine: Mapping[str, Sequence[Send]]
    ) -> dict[str, Json]:
        """Return where each person's sends come from, as one Provenance; recorded when they were marked."""
        if not self.provenance:
            return {}
        told = {
            person: [Told(send.name, send.digest, send.body, send.rule) for send in sends]
            for person, sends in mine.items()
        }
        known = origins(connection, (each.source for group in told.values() for each in group))
        return {
            each.person_id: provenance_of_all(
                each.person_id, told[each.person_id], rfc3339(each.mark // 1000), known
            )
            for each in taken
            if each.person_id in told
        }

    def _made(self, views: Mapping[str, PersonView], broken: dict[str, str]) -> dict[str, Made]:
        """Return what becomes of each person; who cannot be mapped is put into `broken`."""
        made = {}
        for person, view in views.items():
            try:
                common = shared([view], self.council) if view.patient.state == "present" else {}
                made[person] = Made(view, by_rule(view, self.council), common)
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


def sent_state(connection: Connection, sink: str, names: Collection[str]) -> dict[str, Sent]:
    """Return what the sink is known to hold under these names."""
    rows = _SENT.rows(connection, of=sink, names=list(names)) if names else ()
    return {name: Sent(digest, version, bool(unsure)) for name, digest, version, unsure in rows}


def _sends(
    bodies: Iterable[tuple[str, Json]], sent: Mapping[str, Sent], *, every: bool = False
) -> Iterator[Send]:
    """Give those resources that the sink is not known to hold as they are, or every one."""
    for rule, body in bodies:
        name, now = name_of(body), digest(body)
        known = sent.get(name)
        if known is None:
            yield Send(name, body, now, rule=rule)
        elif every or known.unsure or known.digest != now:
            yield Send(name, body, now, known.version, known.unsure, rule=rule)


def _unit(
    taken: Taken, made: Made, sends: tuple[Send, ...], owed: Mapping[str, Sequence[str]], *, whole: bool
) -> Unit:
    about = made.view.patient
    mine = {key: owed[key] for key in made.view.keys if key in owed}
    needs = {f"Patient/{about.successor}"} if about.state == "merged" else () if whole else made.shared.keys()
    beside = tuple(made.shared.values()) if whole else ()
    return Unit(taken, sends, mine, frozenset(needs), erased=about.state == "erased", beside=beside)


def _refused(sends: Sequence[Send]) -> dict[str, str]:
    """Return why these may not be sent, by name, where one may not."""
    found = checks.faults([send.body for send in sends])
    return {send.name: why for send, why in zip(sends, found, strict=True) if why}


def _fault(sends: Iterable[Send], refused: Mapping[str, str]) -> str:
    """Return why these may not be sent, or nothing."""
    why = next((refused[send.name] for send in sends if send.name in refused), "")
    return f"not valid FHIR, so not sent: {why}" if why else ""


def _cause(fault: Exception) -> str:
    if is_infrastructure(fault):
        raise fault
    return cause_of(fault)
