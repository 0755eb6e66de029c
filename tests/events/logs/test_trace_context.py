"""A trace and its spans follow from ids alone, and what a sender brings is kept."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.events.logs import trace_context
from ascbridge.events.logs.envelope import derived_id

MESSAGE = "0199a1b2-c3d4-8abc-9def-0123456789ab"
THEIRS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_the_trace_of_a_message_is_its_id_and_leads_back_to_it() -> None:
    assert trace_context.trace_id(MESSAGE) == MESSAGE.replace("-", "")
    assert trace_context.traceparent(MESSAGE, MESSAGE) == f"00-{MESSAGE.replace('-', '')}-9def0123456789ab-01"
    assert trace_context.traceparent("", MESSAGE) == ""


@given(st.text(min_size=1, max_size=40), st.integers(0, 1 << 47), st.text(max_size=10))
def test_every_correlation_gives_a_context_that_a_receiver_takes(
    correlation: str, at_ms: int, part: str
) -> None:
    made = trace_context.traceparent(correlation, derived_id(at_ms, part))
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", made)
    assert trace_context.sent(made) == made
    assert trace_context.traceparent(correlation, correlation) == trace_context.traceparent(
        correlation, correlation
    )


@pytest.mark.parametrize(
    "header",
    [
        "",
        "x",
        THEIRS.upper(),
        "01" + THEIRS[2:],
        THEIRS + "-x",
        "00-" + "0" * 32 + THEIRS[35:],
        THEIRS[:36] + "0" * 16 + "-01",
    ],
)
def test_what_is_no_context_is_left_alone(header: str) -> None:
    assert trace_context.sent(header) == ""
    assert trace_context.child(header, MESSAGE) == ""


def test_what_follows_in_a_sender_s_trace_stays_in_it() -> None:
    assert trace_context.sent(f" {THEIRS} ") == THEIRS
    assert trace_context.joined(("control_id_reused", trace_context.FLAG + THEIRS)) == THEIRS
    assert trace_context.joined(("trace=nonsense",)) == ""
    assert trace_context.child(THEIRS, MESSAGE) == "00-0af7651916cd43dd8448eb211c80319c-9def0123456789ab-01"


def test_nothing_has_an_empty_trace_or_span() -> None:
    nothing = "00000000-0000-0000-0000-000000000000"
    assert set(trace_context.trace_id(nothing)) != {"0"}
    assert set(trace_context.span_id(nothing)) != {"0"}
