"""A person of whom much is known, looked at in stores of two sizes."""

import asyncio
from datetime import date
from itertools import islice

import pytest

from ascbridge.simulator.bench import growth, looks_at_a_record, pattern, seeding
from ascbridge.simulator.bench.scenarios import Run
from ascbridge.simulator.case_plots import PLOTS
from ascbridge.simulator.city import City

NOW = 1_795_000_000_000


def test_each_case_of_a_person_has_things_of_its_own_and_none_ends_a_life():
    assert {one.name for one in PLOTS} >= looks_at_a_record.PLAYED
    assert not {"dies", "objects"} & looks_at_a_record.PLAYED
    who = City(1, date(2026, 3, 3)).citizen(youngest=60)
    cases = list(islice(looks_at_a_record._cases(who, NOW), 24))
    numbers = [
        {one.value["id"] for one in case if isinstance(one.value, dict) and "id" in one.value}
        for case in cases
    ]
    assert all(numbers)
    assert len(set().union(*numbers)) == sum(map(len, numbers))
    assert all(one.at_ms < NOW for case in cases for one in case)
    assert {one.citizen for case in cases for one in case} == {who}


@pytest.mark.slow
@pytest.mark.timeout(1_500)
async def test_both_sizes_have_the_same_figures(tmp_path, monkeypatch):
    for module, name, value in (
        (pattern, "PEOPLE", 2), (pattern, "TODAY", 2), (looks_at_a_record, "EVENTS", 60),
        (looks_at_a_record, "LOOKS", 2), (looks_at_a_record, "CASES_AT_ONCE", 2), (looks_at_a_record, "STAYS_AT_ONCE", 2),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    stores = (tmp_path / "few", tmp_path / "many")
    for store, events in zip(stores, (300, 900), strict=True):
        await asyncio.to_thread(seeding.seed, store, events, print)
    figures = await looks_at_a_record.record(Run(tmp_path, 0.1, stores))
    few, many = (
        [one for one in figures if one.scenario == f"{growth.laid_people(store) + 4:,} people"]
        for store in stores
    )
    assert [one.what for one in few] == [one.what for one in many]
    said = {one.what: one.value for one in few}
    assert said["events of the person"] >= 60
    assert said["$everything, resources in the answer"] >= said["resources of the person"] > 10
    assert said["the page, first byte, p95"] > said["(ceiling) first byte of an answer about nobody, p50"]
