"""Who has seen a person: reader by reader, under every id that the person has or had, and nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.ledgers.audit import AuditEntry, record
from ascbridge.operations.finding.seen_by import SeenBy, seen_by
from tests.web.conftest import afternoon, city

if TYPE_CHECKING:
    from tests.web.city import City

__all__ = ["afternoon", "city"]


def did(city: City, who: str, what: str, whom: str, at_ms: int) -> None:
    entry = AuditEntry("work", who, "locality-team", what, whom=whom, why="direct care")
    city.bridge.write_now(lambda c: record(c, entry, at_ms))


def test_readings_of_one_reader_are_counted_with_the_first_and_the_last(city: City) -> None:
    task, other = city.task_of(0), city.task_of(3)
    for at_ms in (10, 30, 20):
        did(city, "Nia Brown", "person's record read", task.person_id, at_ms)
    did(city, "Al Poe", "person's record read", task.patient_key, 15)
    did(city, "Al Poe", "person's record read", other.person_id, 99)
    found = city.bridge.read_now(lambda c: seen_by(c, task.person_id))
    assert found == (
        SeenBy("Nia Brown", "locality-team", "person's record read", "direct care", 3, 10, 30),
        SeenBy("Al Poe", "locality-team", "person's record read", "direct care", 1, 15, 15),
    )


def test_what_was_read_before_two_records_were_joined_is_told_of_who_they_are_now(city: City) -> None:
    city.hear(
        "A01", local_id="L800", visit="V800", name="LATER^LIZ^^^MS^^L", born="19500101", ward="W1^^^RKB01"
    )
    later = city.task_of(0).person_id
    before = {row.person_id for row in city.rows(_patient())}
    (mine,) = [
        row
        for row in city.rows(_patient())
        if row.person_id not in {city.task_of(n).person_id for n in range(8)}
    ][:1]
    did(city, "Nia Brown", "person's record read", mine.person_id, 10)
    city.hear("A40", local_id="L100", name="EVANS^MARY^JOY^^MRS^^L", born="19410314", nhs_number="9993000019",
              extra=("MRG|L800^^^RKB",))  # fmt: skip
    now = {row.person_id for row in city.rows(_patient())}
    if now != before:
        found = city.bridge.read_now(lambda c: seen_by(c, later))
        assert [one.who for one in found] == ["Nia Brown"]


def _patient() -> object:
    from ascbridge.storage.tables import patient

    return patient
