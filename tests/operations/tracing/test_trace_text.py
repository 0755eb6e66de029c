"""A trace as the command prints it."""

from __future__ import annotations

from ascbridge.operations.tracing import trace_text


def test_a_trace_reads_as_lines() -> None:
    found = {
        "message": {"control_id": "T1", "feed": "itk", "trigger": "A03", "state": "delivered", "message_id": "m"},
        "trace_id": "t",
        "tasks": [{"task_id": "k", "status": "requested", "stage": "new"}],
        "hops": [
            {
                "at_ms": 0, "since_ms": 4, "kind": "task", "title": "Task changed", "words": "by rule x", "codes": {"rule": "x"},
                "values": [{"name": "stage", "now": "b", "before": "a", "changed": True}],
                "readers": [{"reader": "record", "state": "done"}],
            }
        ],
    }  # fmt: skip
    assert list(trace_text.lines(found)) == [
        "T1\titk\tA03\tdelivered",
        "message m\ttrace t",
        "1970-01-01T00:00:00.000+00:00\t+4 ms\ttask\tTask changed: by rule x",
        "\t\t\trule x",
        "\t\t\tstage: a -> b",
        "\t\t\tread by: record done",
        "task k is now requested, new",
    ]
