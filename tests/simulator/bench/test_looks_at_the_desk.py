"""The desk measured at two sizes, each view of it."""

import pytest

from ascbridge.simulator.bench import fan_out, looks_at_the_desk, pattern
from ascbridge.simulator.bench.bench_bridge import TooSlow
from ascbridge.simulator.bench.scenarios import Run
from ascbridge.web.discharge.desk_views import DESK_VIEWS
from tests.web.city import City
from tests.web.conftest import serve


def test_every_view_of_the_desk_is_measured():
    measured = set(looks_at_the_desk.VIEWS.values())
    assert {address for address, _ in DESK_VIEWS} <= measured


@pytest.mark.slow
@pytest.mark.timeout(1_500)
async def test_both_sizes_have_the_same_figures(tmp_path, monkeypatch):
    for module, name, value in (
        (pattern, "TODAY", 4), (looks_at_the_desk, "SIZES", ((4, 6), (8, 12))), (looks_at_the_desk, "LOOKS", 2),
        (fan_out, "PAGES", 3), (fan_out, "FEWEST_CHANGES", 2),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    figures = await looks_at_the_desk.desk(Run(tmp_path, 0.1))
    small, large = ([one.what for one in figures if one.scenario == f"{n} tasks"] for n in (10, 20))
    assert small == large
    assert {"ward board, first byte, p95", "ward board, processor time", "any view, first byte, p95"} <= set(
        small
    )
    assert "a change heard by the last of 3 open pages, p99" in small
    assert all(one.value >= 0 for one in figures)


async def test_what_is_no_page_is_no_figure(tmp_path):
    city = City(tmp_path)
    site, thread = serve(city)
    try:
        with pytest.raises(TooSlow, match="303"):
            await looks_at_the_desk.first_byte(site.address, "/worklist", "nobody")
    finally:
        site.server.should_exit = True
        thread.join(60)
        city.close()
