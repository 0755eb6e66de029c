"""Stays that a rule dropped."""

from sqlalchemy import select

from ascbridge.discharge import dropped_stays
from ascbridge.discharge.dropped_stays import counted_dropped
from tests.discharge.builders import Bench, details, ready


def test_a_dropped_stay_stays_listed_with_its_reason(ward: Bench) -> None:
    (dropped,) = ward.write(dropped_stays.dropped)
    assert (dropped.spell, dropped.rule, dropped.would_open) == ("child", "not-an-adult", "ready")
    assert dropped.why.startswith("Stated to be under 18")
    assert dropped.stay.status == "in-progress"


def test_they_are_counted_up_to_a_bound(ward: Bench) -> None:
    def count(most: int = 1_000) -> int | None:
        return ward.write(lambda connection: connection.scalar(select(counted_dropped(1, most))))

    assert count() == 1
    for name in ("two", "three"):
        ward.say(
            details("2026-03-02T10:00", "0-17", "local"),
            ready("2026-03-06T12:00", spell=name),
            patient=f"p-{name}",
        )
    assert count() == 3
    assert count(2) == 2
