"""NHS numbers that nobody may trust yet: those that do not check, and those that two people seem to share.

A row appears by itself, says why without naming anybody, and is settled by itself once it no longer holds: a
corrected number, a merge, or a person's decision on links (`people.links`). What a person decided of the number
itself (`people.ownership`) is a row too, and stands until the number changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from ascbridge.people.groups import pair_of, stated
from ascbridge.people.identities import in_lists
from ascbridge.people.matching import compare
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import quarantine
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ascbridge.people.casefile import CaseFile

NUMBER_INVALID = "number_invalid"
NUMBER_SHARED = "number_shared"
NUMBER_NOT_THEIRS = "number_not_theirs"
MOST_CASES = 200
WITHHELD = ("open", "decided")
"""In these states the number is shown, sent and searched for nowhere."""

_STANDING = select(
    quarantine.c.patient_key, quarantine.c.cause, quarantine.c.other_key, quarantine.c.detail,
    quarantine.c.state, quarantine.c.number,
).where(quarantine.c.patient_key.in_(bindparam("part", expanding=True)), quarantine.c.state.in_(WITHHELD))  # fmt: skip


_DECIDED = Prepared.of(
    lambda one_of: select(quarantine.c.patient_key).where(
        one_of(quarantine.c.patient_key, "keys"), quarantine.c.state == "decided"
    )
)


class Case(NamedTuple):
    """One number for a person to settle: whose record, why, whose other record, since when (UTC ms)."""

    patient_key: str
    cause: str
    other_key: str
    detail: str
    since_ms: int


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
            found[one.key, NUMBER_SHARED] = Finding(other.key, compare(one, other).words)
    return found


def save(connection: Connection, file: CaseFile, now_ms: int) -> None:
    """Open, change or settle the rows of everybody in a file."""
    now = findings(file)
    open_rows: dict[tuple[str, str], Finding] = {}
    for part in in_lists(sorted(file.patients)):
        for key, cause, other, detail, state, number in connection.execute(_STANDING, {"part": part}):
            if state == "decided" and number == file.patients[key].number:
                now.pop((key, cause), None)
            else:
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


def open_cases(connection: Connection, patient_key: str = "") -> list[Case]:
    """Return what waits for a person, the oldest first: all, or what concerns one record."""
    columns = (
        quarantine.c.patient_key, quarantine.c.cause, quarantine.c.other_key, quarantine.c.detail,
        quarantine.c.since_ms,
    )  # fmt: skip
    wanted = select(*columns).where(quarantine.c.state == "open")
    if patient_key:
        wanted = wanted.where(quarantine.c.patient_key == patient_key)
    ordered = wanted.order_by(quarantine.c.since_ms, quarantine.c.patient_key).limit(MOST_CASES)
    return [Case(*row) for row in connection.execute(ordered)]


def not_theirs(connection: Connection, patient_keys: Iterable[str]) -> set[str]:
    """Return those of these patient keys whose number, a person decided, is not theirs."""
    return {key for (key,) in _DECIDED.rows(connection, keys=sorted(set(patient_keys)))}


def _unexplained(file: CaseFile, one: str, other: str) -> bool:
    if one == other or file.patients[one].person == file.patients[other].person:
        return False
    return stated(file.statements.get(pair_of(one, other), {}).values()) is None
