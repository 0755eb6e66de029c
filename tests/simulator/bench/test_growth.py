"""Figures beside little and beside much: the same ones, with their ratio."""

import asyncio

import pytest

from ascbridge.simulator.bench import growth, pattern, scenarios, seeding
from ascbridge.simulator.bench.figures import Figure
from ascbridge.simulator.bench.scenarios import Run


@pytest.fixture
def little(monkeypatch):
    for module, name, value in (
        (pattern, "PEOPLE", 2), (pattern, "TODAY", 2), (growth, "KNOWN", 3), (growth, "MESSAGES", 12),
        (growth, "LOOKS", 3), (scenarios, "FEWEST_PROBES", 1), (growth, "RATE", 5.0),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)


@pytest.mark.slow
@pytest.mark.timeout(1_500)
async def test_a_larger_store_has_the_same_figures_and_how_they_stand_to_the_smaller(tmp_path, little):
    store = tmp_path / "store"
    await asyncio.to_thread(seeding.seed, store, 400, print)
    figures = await growth.growth(Run(tmp_path, 0.1, (store, store)))  # the second time it holds more
    stores = sorted({one.scenario for one in figures}, key=lambda name: int(name.split()[0].replace(",", "")))
    assert len(stores) == 2
    names = [[one.what for one in figures if one.scenario == store] for store in stores]
    assert names[1][: len(names[0])] == names[0]
    assert names[1][len(names[0]) :] == [f"{what}, against the first" for what in names[0]]
    assert {"processor time a message", "memory, idle", "a person's record, p50"} <= set(names[0])


@pytest.mark.slow
@pytest.mark.timeout(1_500)
def test_people_are_taken_from_the_whole_store(tmp_path, little):
    seeding.seed(tmp_path / "store", 700, print)
    people = growth._people(tmp_path / "store")
    assert len({one.local_id for one in people}) == len(people)
    known, strangers = people[::2], people[1::2]
    assert len(known) == len(strangers) >= 3
    assert growth.stored_events(tmp_path / "store") >= 700
    found, message = growth._somebody(tmp_path / "store")
    assert len(found) == 3
    assert message


def test_a_ratio_is_told_in_times():
    one = growth._ratio(Figure("2 events", "x", 3.0, "ms"), 2.0)
    assert (one.what, one.value, one.unit) == ("x, against the first", 1.5, "times")
