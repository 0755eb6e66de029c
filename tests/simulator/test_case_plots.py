"""The plots tell coherent cases that keep the contract, and together every family of facts."""

from datetime import date, datetime
from random import Random

import pytest

from ascbridge.calendars import LONDON
from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.sources import council_facts
from ascbridge.intake.sources.council_statements import FACT_NAMES
from ascbridge.simulator.case_plots import PLOTS
from ascbridge.simulator.case_timeline import LETTERS, CaseTimeline
from ascbridge.simulator.city import City
from ascbridge.simulator.council import contract_line
from ascbridge.simulator.crosswalk import REFERENCES

FIRST = date(2026, 3, 3)
PROFILE = read("council-facts")


def told(plot, seeds: int = 12) -> list[CaseTimeline]:
    cases = []
    for seed in range(seeds):
        case = CaseTimeline(City(seed, FIRST).citizen(), FIRST, Random(seed))
        plot.tell(case)
        cases.append(case)
    return cases


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.name)
def test_a_case_keeps_the_contract(plot):
    import orjson

    for case in told(plot):
        for number, one in enumerate(case.said):
            council_facts.check(orjson.dumps(contract_line(one, f"F-{number}")), PROFILE)


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.name)
def test_what_a_thing_refers_to_was_said_before(plot):
    for case in told(plot):
        numbers = set()
        for one in case.said:
            if one.fact in LETTERS:
                numbers.add(one.value["id"])
            for fact, member in REFERENCES:
                if fact == one.fact and one.value.get(member):
                    assert one.value[member] in numbers


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.name)
def test_days_come_before_the_statement_that_names_them_but_for_what_is_planned(plot):
    for case in told(plot):
        for one in case.said:
            if isinstance(one.value, bool):
                continue
            for member, day in one.value.items():
                if member.endswith("_on") and day and member not in {"due_on", "review_due_on"}:
                    assert day <= datetime.fromtimestamp(one.at_ms / 1000, LONDON).date().isoformat()


def test_all_families_are_told():
    assert {one.fact for plot in PLOTS for case in told(plot) for one in case.said} == set(FACT_NAMES)


def test_the_requests_of_a_year_are_those_that_the_documents_count():
    rates = {plot.name: plot.a_day * 365 for plot in PLOTS}
    requests = ("resolved", "turned elsewhere", "low level", "short term", "long term")
    assert round(sum(rates[name] for name in requests)) == 11_316
    assert (round(rates["long term"]), round(rates["low level"]), round(rates["short term"])) == (
        736,
        2_037,
        3_168,
    )
    assert (round(rates["review"]), round(rates["carer"])) == (1_364, 1_357)
