"""What each sink took is counted for every process, and the last of it is the last of all."""

from __future__ import annotations

from functools import partial

from ascbridge.events import sink_counts
from tests.web.city import NOON, City
from tests.web.conftest import empty_city

__all__ = ["empty_city"]


def test_what_sinks_took_is_counted_process_by_process(empty_city: City) -> None:
    for writer, n, at_ms in (("a", 3, NOON), ("b", 4, NOON + 2), ("a", 5, NOON + 1), ("a", 0, NOON + 9)):
        empty_city.bridge.write_now(partial(sink_counts.went, sink="far", n=n, now_ms=at_ms, writer=writer))
    assert empty_city.bridge.read_now(sink_counts.totals)["far"] == (12, NOON + 2)
