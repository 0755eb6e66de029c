"""Figures and how they are shown."""

import pytest
from rich.console import Console

from ascbridge.simulator.bench.figures import Figure, as_json, latencies, number, percentile, table


@pytest.mark.parametrize("share, value", [(0.0, 1), (0.01, 1), (0.5, 50), (0.99, 99), (1.0, 100)])
def test_a_percentile_is_one_of_the_values(share, value):
    assert percentile(list(range(100, 0, -1)), share) == value


def test_nothing_measured_is_no_figure():
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)


def test_latencies_are_told_in_milliseconds():
    half, worst = latencies("intake", "answer", [0.001] * 99 + [0.5])
    assert (half.what, half.value, half.unit) == ("answer, p50", 1.0, "ms")
    assert worst.value == 1.0


def test_a_table_shows_each_figure_beside_its_ceiling():
    console = Console(width=140, record=True)
    console.print(
        table(
            [
                Figure("intake", "8 connections", 6806.4, "/s", 21000, "echo"),
                Figure("memory", "all", 130.2, "MB"),
            ]
        )
    )
    shown = console.export_text()
    assert "6,806 /s" in shown
    assert "21,000 /s (echo)" in shown
    assert "130 MB" in shown


def test_json_holds_the_same():
    assert as_json([Figure("a", "b", 1.5, "s")]) == [
        {"scenario": "a", "what": "b", "value": 1.5, "unit": "s", "ceiling": None, "ceiling_of": ""}
    ]


@pytest.mark.parametrize("value, text", [(12345.6, "12,346"), (99.94, "99.9"), (0.314, "0.31")])
def test_numbers_have_as_many_digits_as_mean_something(value, text):
    assert number(value) == text
