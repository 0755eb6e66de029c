"""Numbers that wait for a person: opened, changed and settled by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.people.casefile import CaseFile, Patient
from ascbridge.people.groups import Statement
from ascbridge.people.quarantine import NUMBER_INVALID, NUMBER_SHARED, Finding, findings, save
from ascbridge.storage.tables import quarantine
from tests.people.ward import NOW

if TYPE_CHECKING:
    from tests.people.ward import Ward


def _file(**births: str) -> CaseFile:
    file = CaseFile()
    for key, birth in births.items():
        file.add(Patient(key, f"n{key}", "RKB", 0, "number", "verified", birth))
    return file


def test_of_three_who_share_a_number_each_is_shown_beside_another() -> None:
    found = findings(_file(pa="x", pb="y", pc=""))
    assert found == {
        ("pa", NUMBER_SHARED): Finding("pb", "the same verified NHS number, but the birth dates differ"),
        ("pb", NUMBER_SHARED): Finding("pa", "the same verified NHS number, but the birth dates differ"),
        ("pc", NUMBER_SHARED): Finding(
            "pa", "the same verified NHS number, but a full birth date is missing"
        ),
    }


def test_one_person_shares_a_number_with_nobody_else() -> None:
    file = _file(pa="x", pb="y")
    file.patients["pb"].person = "npa"
    assert findings(file) == {}


def test_who_was_told_apart_by_a_person_is_not_asked_about_again() -> None:
    file = _file(pa="x", pb="y")
    file.recall("e1", Statement(("pa", "pb"), False, "decided", "1"))
    assert findings(file) == {}


def test_a_number_withdrawn_by_the_numbers_themselves_is_asked_about() -> None:
    file = _file(pa="x", pb="y")
    file.recall("number:pa:pb", Statement(("pa", "pb"), False, "number", "1"))
    assert set(findings(file)) == {("pa", NUMBER_SHARED), ("pb", NUMBER_SHARED)}


def test_rows_are_opened_changed_settled_and_opened_again(bridge: Ward) -> None:
    connection = bridge.connection

    def rows() -> list[tuple[str, str, str, int, str]]:
        columns = quarantine.c
        wanted = select(
            columns.patient_key, columns.cause, columns.other_key, columns.since_ms, columns.state
        )
        return [tuple(row) for row in connection.execute(wanted.order_by(columns.patient_key, columns.cause))]

    file = _file(pa="x", pb="y")
    save(connection, file, NOW)
    save(connection, file, NOW + 1)
    assert rows() == [("pa", NUMBER_SHARED, "pb", NOW, "open"), ("pb", NUMBER_SHARED, "pa", NOW, "open")]
    file.renumber(file.patients["pb"], "", "invalid", "y")
    save(connection, file, NOW + 2)
    assert rows() == [
        ("pa", NUMBER_SHARED, "pb", NOW + 2, "settled"),
        ("pb", NUMBER_INVALID, "", NOW + 2, "open"),
        ("pb", NUMBER_SHARED, "pa", NOW + 2, "settled"),
    ]
    file.renumber(file.patients["pb"], "number", "unverified", "y")
    save(connection, file, NOW + 3)
    assert [row[4] for row in rows()] == ["open", "settled", "open"]
