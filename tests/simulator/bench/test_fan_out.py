"""Open pages: each hears of a change, and those that are not let in are told of."""

import pytest

from ascbridge.simulator.bench import fan_out
from ascbridge.simulator.bench.bench_bridge import TooSlow, running
from ascbridge.simulator.bench.fan_out import OpenPage
from ascbridge.simulator.bench.scenarios import Run


async def test_every_open_page_hears_of_a_change(tmp_path, monkeypatch):
    monkeypatch.setattr(fan_out, "PAGES", 5)
    monkeypatch.setattr(fan_out, "FEWEST_CHANGES", 2)
    figures = await fan_out.fan_out(Run(tmp_path, 0.1))
    assert [one.what for one in figures] == [
        f"a change heard by {which} of 5 open pages, {share}"
        for which in ("one", "the last")
        for share in ("p50", "p99")
    ]
    one, _, last, _ = (figure.value for figure in figures)
    assert 0 < one <= last


async def test_a_page_that_is_not_let_in_is_no_open_page(tmp_path):
    async with running(tmp_path) as bench:
        with pytest.raises(TooSlow, match="no live link"):
            await OpenPage().open(bench.bridge.url, "nobody")
