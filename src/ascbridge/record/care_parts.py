"""Reads back what the record shows of a person's care: each fact as it was last said, and what it sealed.

What names a case that no shared record may hold (`record.barred`) is taken out here, so that one odd word in a goal or
a team's name keeps nobody else's word from being published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import orjson

from ascbridge.events.facts.care import ObjectionRecorded
from ascbridge.events.facts.hospital_assessment import HospitalAssessmentAttached
from ascbridge.people.opening import Erased, SealedValue, open_each
from ascbridge.record.barred import is_said
from ascbridge.record.mapping.care_table import FACT_OF
from ascbridge.record.views import CareView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.facts.fact import CouncilFact, Part
    from ascbridge.people.data_keys import DataKeys
    from ascbridge.record.views import PatientView, RequestView

KINDS = frozenset({"care", "objection"})
"""The kinds of record part that become views of care."""


class CarePart(Protocol):
    """A part of a person's record, with what it sealed."""

    @property
    def kind(self) -> str: ...
    @property
    def part_id(self) -> str: ...
    @property
    def data(self) -> bytes: ...
    @property
    def revision(self) -> int: ...
    @property
    def message_id(self) -> str: ...
    @property
    def event_id(self) -> str: ...
    @property
    def sealed(self) -> bytes | None: ...
    @property
    def key_id(self) -> str: ...


def stored(fact: CouncilFact) -> bytes:
    """Return a fact as its part keeps it: those of its fields that are known here, and which slot it fills."""
    return orjson.dumps({"slot": fact.slot, **fact.model_dump(mode="json", exclude={"marks"})})


def fact_of(part: CarePart) -> CouncilFact | None:
    """Return the fact that a part keeps; None where no mapping reads such facts any more."""
    if part.kind == "objection":
        return ObjectionRecorded.model_validate_json(part.data)
    said = orjson.loads(part.data)
    kind = FACT_OF.get(said["slot"])
    return kind.model_validate(_without_barred(said, part.data)) if kind else None


def open_care(
    connection: Connection, data_keys: DataKeys, parts: Iterable[tuple[CarePart, bool]]
) -> dict[str, Part]:
    """Return what each part sealed, by its id; each comes with whether its person is restricted."""
    sealed = [
        (part.part_id, (SealedValue(part.sealed, part.key_id, part.event_id), restricted, model))
        for part, restricted in parts
        if part.sealed is not None and (model := _sealed_kind(part)) is not None
    ]
    opened = open_each(connection, data_keys, [value for _, value in sealed])
    return {
        part_id: _part_without_barred(part)
        for (part_id, _), part in zip(sealed, opened, strict=True)
        if not isinstance(part, Erased)
    }


def care_views(
    parts: Sequence[CarePart],
    about: PatientView,
    requests: Sequence[RequestView],
    opened: Mapping[str, Part],
    *,
    held: bool,
) -> tuple[CareView, ...]:
    """Return a person's care; of what a person has one only, what was said last, of whichever patient key."""
    newest: dict[tuple[str, str], tuple[tuple[int, str], CareView]] = {}
    for part in parts:
        fact = fact_of(part)
        if fact is None:
            continue
        if about.restricted:
            withheld = {name: type(fact).model_fields[name].get_default() for name in type(fact).withheld}
            fact = fact.model_copy(update=withheld)
        view = CareView(
            person_id=about.person_id,
            part_id=part.part_id,
            fact=fact,
            sealed=opened.get(part.part_id),
            restricted=about.restricted,
            died=bool(about.died),
            died_on=about.died_on,
            request_id=_request_of(fact, requests),
            held=held,
            source=part.message_id,
        )
        slot = (fact.slot, part.part_id if fact.about else "")
        order = (part.revision, part.part_id)
        if slot not in newest or order > newest[slot][0]:
            newest[slot] = order, view
    return tuple(view for _, view in newest.values())


def _sealed_kind(part: CarePart) -> type[Part] | None:
    if part.kind == "assessed":
        return HospitalAssessmentAttached.seals
    kind = FACT_OF.get(orjson.loads(part.data).get("slot", ""))
    return kind.seals if kind else None


def _request_of(fact: CouncilFact, requests: Sequence[RequestView]) -> str:
    """Return the contact or referral among those of its person that a fact follows from."""
    wanted = getattr(fact, "request", "")
    return next((each.request_id for each in requests if wanted and each.number == wanted), "")


def _without_barred(said: dict[str, Any], data: bytes) -> dict[str, Any]:
    """Return the fields less those whose words may not be published: each is a text, or a list of texts."""
    if not is_said(data):
        return said
    return {name: _allowed(value) for name, value in said.items()}


def _part_without_barred(part: Part) -> Part:
    return type(part).model_validate(_without_barred(part.model_dump(), part.model_dump_json().encode()))


def _allowed(value: Any) -> Any:
    if isinstance(value, str):
        return "" if is_said(value.encode()) else value
    if isinstance(value, list | tuple):
        return type(value)(each for each in value if not (isinstance(each, str) and is_said(each.encode())))
    return value
