"""Where in a feed's messages a value stands, and which row of the feed's code map read it.

By the profile as it is now: where it changed since a message was read, that is said by its date. This module thinks; it
does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.web.record.case_shown import KINDS
from ascbridge.web.stay_fields import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.intake.sources.profile import Column, Profile

PERSON_PLACES = {
    "family_name": "PID-5.1",
    "given_names": "PID-5.2, PID-5.3",
    "prefix": "PID-5.5",
    "birth_date": "PID-7",
    "gender": "PID-8",
    "address_lines": "PID-11.1 to PID-11.4",
    "postcode": "PID-11.5",
    "phones": "PID-13",
    "ethnic_category": "PID-22",
    "gp_practice": "PD1-3",
    "gp_name": "PD1-4",
    "next_of_kin": "NK1-2",
    "next_of_kin_phone": "NK1-5",
    "local_id": "PID-3",
    "died": "PID-30",
    "died_on": "PID-29",
}
"""Where HL7 v2.4 keeps who somebody is, for what no profile moves elsewhere."""
_MEMBERS = {
    "worker_name": "name",
    "worker_phone": "phone",
    "carer_name": "name",
    "carer_phone": "phone",
    "holder_name": "name",
    "holder_phone": "phone",
    "after_contact": "contact",
}
"""Members of the contract's lines by the field that they fill, where it has another name; a thing's number is `id`."""
_LISTS = {"died": "death"}
"""Code lists that do not have the name of the field that they fill."""


def in_hospital_message(profile: Profile, field: str) -> str:
    """Return the HL7 place of a field: of a person's details, or of a stay."""
    moved: tuple[str, ...] = getattr(profile.where, field, ())
    if field in {"nhs_number", "number_status"}:
        return " or ".join(moved)
    return PERSON_PLACES.get(field) or place_of(field, profile)


def in_council_message(profile: Profile, fact: str, field: str) -> str:
    """Return where a council's feed says a field of a fact: a member of a line, or the column that becomes it."""
    path = _path(fact, field)
    named = [
        f"{where}, {name}"
        for where, name, column in _columns(profile, fact)
        if column.to == path or column.to.startswith((path + ".", path + "["))
    ]
    return "; ".join(named) or path


def code_row(profile: Profile, field: str, value: Any, fact: str = "") -> str:
    """Return the row of the feed's code map that a value was read by; empty where it stands as it was sent."""
    if isinstance(value, dict) and "source_code" in value:
        sent, meant = value["source_code"], value["code"]
        return f"{field}: {sent} has no row" if meant is None else f"{field}: {sent} means {meant}"
    if profile.feed.source == "hospital_adt":
        name = _LISTS.get(field, field)
        wanted = {True: "Y", False: "N"}.get(value, value) if isinstance(value, bool) else value
        rows = [
            f"{sent} means {meant}" for sent, meant in profile.codes.get(name, {}).items() if meant == wanted
        ]
        return f"{name}: {' or '.join(rows)}" if rows else ""
    path = _path(fact, field)
    return "; ".join(
        f"{name}: {' or '.join(rows)}"
        for _, name, column in _columns(profile, fact)
        if column.to == path
        and (rows := [f"{sent} means {meant}" for sent, meant in column.values.items() if meant == value])
    )


def _path(fact: str, field: str) -> str:
    """Return the member of the contract's line that a field comes from: ``carer.name``, ``person.postcode``."""
    if fact not in KINDS:
        return f"person.{'council_id' if field == 'local_id' else field}"
    if fact == "known":
        return "known"
    return f"{fact}.{'id' if field == KINDS[fact].about else _MEMBERS.get(field, field)}"


def _columns(profile: Profile, fact: str) -> Iterator[tuple[str, str, Column]]:
    """Give each column or member that a feed names for a fact, and where: in which files, table or objects."""
    wanted = None if fact == "person" else fact
    for csv in profile.files.csv:
        if wanted in {None, csv.fact}:
            yield from ((f"files {csv.files}", name, column) for name, column in csv.columns.items())
    for one in profile.objects:
        if wanted in {None, one.fact}:
            yield from (("member", name, column) for name, column in one.members.items())
    for table in profile.database.tables:
        if wanted in {None, table.fact}:
            yield from ((f"table {table.table}", name, column) for name, column in table.columns.items())
