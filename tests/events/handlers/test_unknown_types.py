"""Events of a type that this version does not know: counted each time, told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.events.handlers import unknown_types
from ascbridge.events.logs.log import Record

if TYPE_CHECKING:
    import pytest


def test_each_is_counted_and_the_first_of_its_type_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unknown_types, "_told", set())
    before = telemetry.unknown_events.labels("ward")._value.get()
    for kind in ("one.v1", "one.v1", "other.v1"):
        unknown_types.leave_alone(
            "ward", Record("care", 0, 7, "p1", {"ce_type": kind, "ce_id": "e1"}, b"", 7)
        )
    assert telemetry.unknown_events.labels("ward")._value.get() - before == 3
    told = capsys.readouterr().out
    assert (told.count("one.v1"), told.count("other.v1")) == (1, 1)


def test_what_is_told_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unknown_types, "_told", set())
    monkeypatch.setattr(unknown_types, "MOST_TOLD", 3)
    for number in range(9):
        record = Record("care", 0, 7, "p1", {"ce_type": f"kind-{number}.v1", "ce_id": "e1"}, b"", 7)
        unknown_types.leave_alone("ward", record)
    assert len(unknown_types._told) == 3
