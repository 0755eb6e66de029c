"""What is known of one patient, put together part by part from the statements of its source. It thinks only.

A message states some parts (name, number, address...), empties others explicitly (``clears``), and is silent
about the rest. For each part the last recorded statement decides, so any order of arrival ends in the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Self, TypeVar

import orjson

from ascbridge.events.facts.catalogue import Part, PatientDetailsRecorded, SealedPatient

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

P = TypeVar("P", bound=Part)
_SOURCE = "source"
"""The part that every statement states: who said it, and when."""

# Parts whose fields only make sense together, so that no old postcode stays beside a new street.
_PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "number": (("nhs_number",), ("number_state", "number_status")),
    "local_id": (("local_id",), ()),
    "name": (("family_name", "given_names", "prefix"), ()),
    "birth": (("birth_date",), ("age_band",)),
    "address": (("address_lines", "postcode"), ("fixed_address",)),
    "council": ((), ("residence", "authority", "authority_code")),
    "phones": (("phones",), ()),
    "gp_name": (("gp_name",), ()),
    "gp_practice": (("gp_practice",), ()),
    "kin": (("next_of_kin", "next_of_kin_phone"), ()),
    "gender": ((), ("gender",)),
    "ethnicity": ((), ("ethnic_category",)),
    "language": ((), ("language",)),
}
_OF_SOURCE = ("stamp", "source_name", "marks")
_SILENT = {"", "unknown"}


@dataclass(frozen=True, slots=True)
class Details:
    """The open and the sealed part as they stand; `said` gives each part's statement (`stamps.sortable`)."""

    open: PatientDetailsRecorded
    sealed: SealedPatient
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def order(self) -> str:
        """The last statement."""
        return self.said[_SOURCE]

    def to_json(self) -> str:
        """Return the open part as JSON, with what each part is from."""
        by_statement: dict[str, list[str]] = {}
        for part, order in sorted(self.said.items()):
            by_statement.setdefault(order, []).append(part)
        return orjson.dumps(self.open.model_dump(mode="json") | {"said": by_statement}).decode()

    @classmethod
    def from_json(cls, text: str, sealed: SealedPatient) -> Self:
        """Read what `to_json` wrote; the sealed part is kept apart."""
        data: dict[str, Any] = orjson.loads(text)
        said = {part: order for order, parts in data.pop("said").items() for part in parts}
        return cls(PatientDetailsRecorded.model_validate(data), sealed, said)


def first(fact: PatientDetailsRecorded, sealed: SealedPatient, order: str) -> Details:
    """Return what the first statement about a patient tells."""
    said = dict.fromkeys([_SOURCE, *_stated(fact, sealed)], order)
    return Details(fact.model_copy(update={"clears": ()}), sealed, said)


def merge(known: Details, fact: PatientDetailsRecorded, sealed: SealedPatient, order: str) -> Details:
    """Return what is known with one more statement, which may be older than some of what is known."""
    said, hidden, shown = dict(known.said), list[str](), list[str]()
    for part in _stated(fact, sealed):
        if order > said.get(part, ""):
            said[part] = order
            hidden += _PARTS[part][0]
            shown += _PARTS[part][1]
    if order > known.order:
        said[_SOURCE] = order
        shown += _OF_SOURCE
    return Details(_with(known.open, fact, shown), _with(known.sealed, sealed, hidden), said)


def _with(known: P, stated: P, names: Iterable[str]) -> P:
    """Return what is known with these fields as stated: the same object where none differs, as is mostly so."""
    had, says = known.__dict__, stated.__dict__
    differing = {name: says[name] for name in names if says[name] != had[name]}
    return known.model_copy(update=differing) if differing else known


def read_open(text: str) -> PatientDetailsRecorded:
    """Read the open part out of what `to_json` wrote."""
    return PatientDetailsRecorded.model_validate_json(text)


def full_birth_date(text: str) -> str:
    """Return a birth date that names a day (``YYYY-MM-DD``), else an empty text: many share a year."""
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 else ""
    except ValueError:
        return ""


def _stated(fact: PatientDetailsRecorded, sealed: SealedPatient) -> Iterator[str]:
    told, said, clears = fact.__dict__, sealed.__dict__, fact.clears
    for part, (hidden, shown) in _PARTS.items():  # loops: each message comes here
        for name in hidden:
            if said[name] or name in clears:
                yield part
                break
        if hidden:
            continue
        for name in shown:
            if told[name] not in _SILENT:
                yield part
                break
