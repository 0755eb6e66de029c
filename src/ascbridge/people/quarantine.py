"""NHS numbers that nobody may trust yet: those that do not check, and those that two people seem to share.

A row appears by itself, says why without naming anybody, and is settled by itself once it no longer holds: a
corrected number, a merge, or a person's decision (`people.links`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from ascbridge.people.groups import pair_of, stated
from ascbridge.people.identities import in_lists
from ascbridge.storage.tables import quarantine
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.people.casefile import CaseFile, Patient

NUMBER_INVALID = "number_invalid"
NUMBER_SHARED = "number_shared"

_OPEN = select(
    quarantine.c.patient_key, quarantine.c.cause, quarantine.c.other_key, quarantine.c.detail
).where(quarantine.c.patient_key.in_(bindparam("part", expanding=True)), quarantine.c.state == "open")


class Finding(NamedTuple):
    """Why a patient's number is not trusted, and the other patient key where two share it."""

    other: str
    detail: str


def findings(file: CaseFile) -> dict[tuple[str, str], Finding]:
    """Return what is to be settled about the patients in a file, by patient key and cause."""
    found: dict[tuple[str, str], Finding] = {}
    for one in file.patients.values():
        if one.number_state == "invalid":
            found[one.key, NUMBER_INVALID] = Finding("", "the NHS number fails its check")
        unexplained = [other for other in file.sharing[one.number] if _unexplained(file, one.key, other)]
        if one.number and unexplained:
            other = file.patients[min(unexplained)]
            found[one.key, NUMBER_SHARED] = Finding(other.key, _why(one, other))
    return found


def save(connection: Connection, file: CaseFile, now_ms: int) -> None:
    """Open, change or settle the rows of everybody in a file."""
    now = findings(file)
    open_rows: dict[tuple[str, str], Finding] = {}
    for part in in_lists(sorted(file.patients)):
        for key, cause, other, detail in connection.execute(_OPEN, {"part": part}):
            open_rows[key, cause] = Finding(other, detail)
    changed = sorted(
        place for place in now.keys() | open_rows.keys() if now.get(place) != open_rows.get(place)
    )
    rows = [
        {
            "patient_key": key,
            "cause": cause,
            "other_key": (now.get((key, cause)) or open_rows[key, cause]).other,
            "detail": (now.get((key, cause)) or open_rows[key, cause]).detail,
            "since_ms": now_ms,
            "state": "open" if (key, cause) in now else "settled",
        }
        for key, cause in changed
    ]
    upsert(connection, quarantine, rows)


def _unexplained(file: CaseFile, one: str, other: str) -> bool:
    if one == other or file.patients[one].person == file.patients[other].person:
        return False
    return stated(file.statements.get(pair_of(one, other), {}).values()) is None


def _why(one: Patient, other: Patient) -> str:
    if not one.number_state == other.number_state == "verified":
        return "the number is not verified on both sides"
    if not (one.birth and other.birth):
        return "a full birth date is missing"
    return "the birth dates differ"
