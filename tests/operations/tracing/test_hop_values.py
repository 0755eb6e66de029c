"""What of a field is shown: its name, our codes, and by its shape what may name somebody."""

from __future__ import annotations

from ascbridge.operations.tracing import hop_values
from ascbridge.operations.tracing.hop_values import HIDDEN, Value


def test_a_resource_is_told_by_names_and_codes_and_opened_by_shapes() -> None:
    old = {
        "resourceType": "Task",
        "status": "requested",
        "for": {"display": "Mary Evans"},
        "meta": {"source": "x"},
    }
    new = {
        "resourceType": "Task",
        "status": "accepted",
        "for": {"display": "Mary Evan"},
        "note": [{"text": "Key 12"}],
    }
    closed = hop_values.of_resource(new, old, opened=False, restricted=False)
    assert closed == (
        Value("status", "accepted", "requested", changed=True),
        Value("for.display", HIDDEN, HIDDEN, changed=True),
        Value("note[0].text", HIDDEN, "none", changed=True),
    )
    shown = {one.name: one.now for one in hop_values.of_resource(new, None, opened=True, restricted=False)}
    assert shown["note[0].text"] == "AAA 99"
    flag = {"resourceType": "Flag", "status": "active", "code": {"coding": [{"code": "speak-first"}]}}
    assert "speak-first" not in str(hop_values.of_resource(flag, None, opened=True, restricted=False))


def test_that_somebody_must_be_spoken_to_first_stands_on_no_trace() -> None:
    now, before = {"status": "requested", "speak_first": True}, {"status": "requested", "speak_first": False}
    assert hop_values.of_event(now, before, opened=True, restricted=False) == ()
