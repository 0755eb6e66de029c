"""Figures beside little and beside much: the same ones, with their ratio."""

import asyncio
from itertools import islice

import pytest

from ascbridge.simulator.bench import growth, pattern, scenarios, seeding
from ascbridge.simulator.bench.figures import Figure
from ascbridge.simulator.bench.scenarios import Run


@pytest.fixture
def little(monkeypatch):
    for module, name, value in (
        (pattern, "PEOPLE", 2), (pattern, "TODAY", 2), (growth, "KNOWN", 3), (growth, "MESSAGES", 12), (growth, "WARM_UP", 2),
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
    laid = growth.laid_people(tmp_path / "store")
    assert laid % 2 == 0
    people = growth._people(laid, 3, 0)
    assert len({one.local_id for one in people}) == len(people)
    known, strangers = people[::2], people[1::2]
    assert len(known) == len(strangers) == 3
    assert {one.local_id for one in known} <= {one.local_id for one in islice(pattern.everybody(), laid)}
    assert growth.stored_events(tmp_path / "store") >= 700
    found, message = growth._somebody(tmp_path / "store", laid)
    assert len(found) == 3
    assert message


def test_a_ratio_is_told_in_times():
    one = growth._ratio(Figure("2 events", "x", 3.0, "ms"), 2.0)
    assert (one.what, one.value, one.unit) == ("x, against the first", 1.5, "times")


def test_every_store_is_asked_about_as_many_people_with_whole_stays():
    assert [growth.whole_stays(people) for people in (240, 1_000, 2_000)] == [5_760, 6_000, 6_000]
    few, many = growth._people(120, 120, 0), growth._people(6_000, 120, 0)
    assert len(few) == len(many) == 240
    assert len({one.local_id for one in many}) == 240
    assert len(growth._people(0, 0, 0)) == 1
    assert not {one.local_id for one in many} & {one.local_id for one in growth._people(6_000, 120, 7)}
