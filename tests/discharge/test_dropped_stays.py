"""Stays that a rule dropped."""

import pytest

from ascbridge.discharge import dropped_stays
from ascbridge.discharge.dropped_stays import count_dropped
from tests.discharge.builders import Bench, details, ready


def test_a_dropped_stay_stays_listed_with_its_reason(ward: Bench) -> None:
    (dropped,) = ward.write(dropped_stays.dropped)
    assert (dropped.spell, dropped.rule, dropped.would_open) == ("child", "not-an-adult", "ready")
    assert dropped.why.startswith("Stated to be under 18")
    assert dropped.stay.status == "in-progress"


def test_they_are_counted_up_to_a_bound(ward: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ward.write(count_dropped) == 1
    for name in ("two", "three"):
        ward.say(
            details("2026-03-02T10:00", "0-17", "local"),
            ready("2026-03-06T12:00", spell=name),
            patient=f"p-{name}",
        )
    assert ward.write(count_dropped) == 3
    monkeypatch.setattr(dropped_stays, "MOST_COUNTED", 2)
    assert ward.write(count_dropped) == 2
