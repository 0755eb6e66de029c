"""What changed of a person since a moment, as a list of places on their page; it copies no value and names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.people.renewed_parts import readable_parts, renewed_since
from ascbridge.record.changed_parts import changed_parts
from ascbridge.web.record.case_shown import TITLES, anchor_of, heard_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.access import Access
    from ascbridge.discharge.stay.case_view import Case
    from ascbridge.record.changed_parts import ChangedPart

_PARTS = {
    "stay": "Hospital stay",
    "task": "Discharge task",
    "sub": "Work split off a discharge task",
    "assessed": "Assessment made in hospital",
    "pack": "Information that goes with the person",
    "door": "Task of the front door",
}
_CARE = {
    **TITLES,
    "known": "Known to adult social care",
    "package": "Packages of care",
    "worker": "Looked after by",
}
_DETAILS = {
    "name": "Name",
    "address": "Address",
    "phones": "Telephone",
    "kin": "Next of kin",
    "practice": "GP practice",
}
_PLACE = {"stay": "stays-title", "known": "care-title", "package": "care-title", "worker": "care-title"}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed: when that was written down here (UTC ms), what it is, and where on the page it stands."""

    at_ms: int
    kind: str
    what: str
    place: str


def changed_shown(
    connection: Connection,
    patient_keys: Sequence[str],
    case: Case,
    since_ms: int,
    access: tuple[Access, Access],
) -> tuple[Change, ...]:
    """Return what changed since a moment, the last first.

    `access` is what the reader has of the person, and of their contact details: of what one may not read it is not
    told that it changed, and of who is restricted it is told to nobody.
    """
    found = [_of_part(one) for one in changed_parts(connection, patient_keys, since_ms)]
    for entry in case.entries:
        at_ms = heard_ms(entry)
        if at_ms > since_ms and entry.kind in _CARE:
            place = _PLACE.get(entry.kind) or anchor_of(entry)
            found.append(Change(at_ms, entry.kind, _CARE[entry.kind], place))
    told = readable_parts(*access)
    for part, at_ms in renewed_since(connection, patient_keys, since_ms).items():
        if part in told:
            place = "person" if part == "name" else "contact-title"
            found.append(Change(at_ms, part, _DETAILS[part], place))
    return tuple(sorted(found, key=lambda one: (-one.at_ms, one.kind, one.place)))


def _of_part(one: ChangedPart) -> Change:
    place = _PLACE.get(one.kind, "tasks-title")
    return Change(one.at_ms, one.kind, _PARTS[one.kind], place)
