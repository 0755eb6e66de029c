"""A message as spans: one tree by the ids that its events carry, and nothing of anybody in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ascbridge.events.logs import trace_context
from ascbridge.operations.tracing import spans
from tests.operations.tracing.test_hops import WORDS, traced

if TYPE_CHECKING:
    from tests.web.city import City


def test_spans_are_one_tree_by_the_ids_of_events(city: City) -> None:
    found = traced(city)
    made = list(spans.spans_of(found))
    root = made[0]
    assert {one["traceId"] for one in made} == {found.trace_id}
    assert len({one["spanId"] for one in made}) == len(made) == len(found.hops)
    assert "parentSpanId" not in root
    ids = {one["spanId"] for one in made}
    assert all(one["parentSpanId"] in ids for one in made[1:])
    events = {one.ident for one in found.hops if one.kind in {"event", "task"}}
    assert {trace_context.span_id(one) for one in events} <= ids
    assert all(int(one["startTimeUnixNano"]) <= int(one["endTimeUnixNano"]) for one in made)
    assert int(root["endTimeUnixNano"]) - int(root["startTimeUnixNano"]) == found.took_ms * 1_000_000


def test_attributes_are_of_the_allow_list_and_name_nobody(city: City) -> None:
    found = traced(city, opened=True)
    body = spans.request_of([found], "ascbridge", "1")
    assert not [word for word in (*WORDS, found.trail.said[0].subject) if word in str(body)]
    keys = {one["key"] for span in spans.spans_of(found) for one in span["attributes"]}
    assert keys <= {f"ascbridge.{name}" for name in spans.ALLOWED}
    assert {"ascbridge.rule", "ascbridge.feed"} <= keys
    wild = replace(
        found.hops[0], codes={"trigger": "EVANS MARY", "feed": "x" * 200, "stage": "a b", "whom": "p1"}
    )
    assert next(spans.spans_of(replace(found, hops=(wild,))))["attributes"] == []


def test_a_trace_that_a_sender_began_goes_on(city: City) -> None:
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    found = traced(city)
    seen = replace(found.trail.seen, flags=(trace_context.FLAG + theirs,))
    joined = replace(
        found,
        trail=replace(found.trail, seen=seen),
        trace_id=theirs[3:35],
        traceparent=trace_context.child(theirs, seen.message_id),
    )
    root = next(spans.spans_of(joined))
    assert (root["traceId"], root["parentSpanId"]) == (theirs[3:35], theirs[36:52])
