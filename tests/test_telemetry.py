"""A log line carries allow-listed fields only, whatever somebody passes to it."""

from __future__ import annotations

import json

import pytest

from ascbridge import telemetry


def test_a_field_that_is_not_on_the_list_is_dropped_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logs("info", "test")
    before = telemetry.dropped_fields._value.get()
    telemetry.log("t").info("kept", message_id="m1", name="Marlowe", nhs_number="9993000019")
    line = json.loads(capsys.readouterr().err.strip())
    assert (line["message_id"], line["trace_id"]) == ("m1", "m1")
    assert "Marlowe" not in str(line)
    assert "9993000019" not in str(line)
    assert telemetry.dropped_fields._value.get() == before + 2


def test_every_line_says_when_how_grave_and_where_from(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logs("warning", "test")
    telemetry.log("here").info("too quiet to be said")
    telemetry.log("here").warning("said")
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    line = json.loads(lines[0])
    assert (line["event"], line["level"], line["part"], line["service"]) == (
        "said",
        "warning",
        "here",
        "test",
    )
    assert line["timestamp"].endswith("Z")
