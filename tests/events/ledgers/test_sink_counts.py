"""What each sink took is counted for every process, and the last of it is the last of all."""

from __future__ import annotations

from functools import partial

from ascbridge.events.ledgers import sink_counts
from ascbridge.storage.tables import sink_count
from tests.web.city import NOON, City
from tests.web.conftest import empty_city

__all__ = ["empty_city"]


def test_what_sinks_took_is_counted_process_by_process(empty_city: City) -> None:
    for writer, n, at_ms in (("a", 3, NOON), ("b", 4, NOON + 2), ("a", 5, NOON + 1), ("a", 0, NOON + 9)):
        empty_city.bridge.write_now(partial(sink_counts.went, sink="far", n=n, now_ms=at_ms, writer=writer))
    assert empty_city.bridge.read_now(sink_counts.totals)["far"] == (12, NOON + 2)


def test_rows_of_processes_that_are_gone_become_one_and_the_sum_stays(empty_city: City) -> None:
    write, read = empty_city.bridge.write_now, empty_city.bridge.read_now
    for writer, n, at_ms in (
        ("gone", 3, NOON),
        ("gone too", 4, NOON + 2),
        ("lives", 5, NOON + 20),
        ("", 1, NOON + 1),
    ):
        write(partial(sink_counts.went, sink="far", n=n, now_ms=at_ms, writer=writer))
    before = read(sink_counts.totals)
    assert write(partial(sink_counts.gather, before_ms=NOON + 10)) == 2
    assert {row.writer: (row.n, row.last_ms) for row in empty_city.rows(sink_count)} == {
        "": (8, NOON + 2), "lives": (5, NOON + 20),
    }  # fmt: skip
    assert read(sink_counts.totals) == before
    write(partial(sink_counts.went, sink="far", n=2, now_ms=NOON + 30, writer="gone"))  # it lives after all
    assert read(sink_counts.totals)["far"] == (15, NOON + 30)
    assert write(partial(sink_counts.gather, before_ms=NOON + 10)) == 0
