"""Urgent matters follow what hospital and council say: they come, go over, come anew, and stay the same when nothing changes."""

from typing import Any

import pytest
from sqlalchemy import select

from ascbridge.discharge.urgent.urgent_work import kind_of
from ascbridge.reference.in_force import ReferenceLists
from ascbridge.storage.tables import audit, urgent_matter
from tests.discharge.builders import (
    Bench,
    admitted,
    at,
    death,
    details,
    discharge_cancelled,
    discharged,
    known,
)
from tests.discharge.urgency import KINDS, act, carer, matter, matters, package

LEFT = at("2026-03-06T21:00")


@pytest.fixture
def evening(bench: Bench) -> Bench:
    bench.clock.ms = LEFT
    return bench


@pytest.mark.parametrize("code", KINDS)
def test_each_kind_comes_by_its_fact_and_by_nothing_else(evening: Bench, code: str) -> None:
    KINDS[code](evening, LEFT)
    one = matter(evening)
    assert (one.code, one.since_ms, one.heard_ms, one.list_version) == (code, LEFT, LEFT, "urgent@1")
    assert one.status == ("to-ask" if code == "carer-admitted" else "urgent")
    assert one.because, "it says what it rests on"
    assert one.stands


@pytest.mark.parametrize("code", KINDS)
def test_old_news_is_history_and_makes_nothing_urgent(evening: Bench, code: str) -> None:
    evening.clock.ms = LEFT + 73 * 3_600_000
    KINDS[code](evening, LEFT)
    assert matters(evening) == {}


def test_hearing_the_same_again_changes_nothing(evening: Bench) -> None:
    KINDS["self-discharge"](evening, LEFT)
    before = evening.ask(select(urgent_matter))
    evening.clock.ms += 60_000
    KINDS["self-discharge"](evening, LEFT)
    assert evening.ask(select(urgent_matter)) == before


@pytest.mark.parametrize("code", ["self-discharge", "package-lapsed"])
def test_it_is_over_when_the_hospital_takes_the_discharge_back_and_comes_anew_with_the_next(
    evening: Bench, code: str
) -> None:
    KINDS[code](evening, LEFT)
    evening.say(discharge_cancelled(LEFT + 60_000))
    assert (matter(evening).status, matter(evening).stands) == ("over", False)
    evening.clock.ms = LEFT + 3_600_000
    evening.say(discharged(LEFT + 3_600_000, "2" if code == "self-discharge" else "1", "19"))
    one = matter(evening)
    assert (one.status, one.since_ms, one.heard_ms) == ("urgent", LEFT + 3_600_000, LEFT + 3_600_000)


def test_it_is_over_when_the_package_runs_again(evening: Bench) -> None:
    KINDS["package-lapsed"](evening, LEFT)
    evening.say(package(LEFT + 60_000, "live"))
    assert matter(evening).status == "over"


def test_it_is_over_when_the_carer_has_left_alive_and_not_when_they_died(evening: Bench) -> None:
    KINDS["carer-admitted"](evening, LEFT)
    evening.say(discharged(LEFT + 60_000))
    assert matter(evening).status == "over"
    evening.say(death(LEFT + 120_000))
    assert matter(evening).status == "to-ask"


def test_a_carer_is_known_whichever_is_heard_first(evening: Bench) -> None:
    evening.say(details(LEFT - 9), admitted(LEFT, admitted_ms=LEFT))
    assert matters(evening) == {}
    evening.say(carer(LEFT + 60_000))
    assert matter(evening).status == "to-ask"


def test_of_the_dead_nothing_but_whom_they_cared_for_is_urgent(evening: Bench) -> None:
    KINDS["self-discharge"](evening, LEFT)
    evening.say(death(LEFT + 60_000))
    assert matter(evening).status == "over"


def test_what_people_answered_holds_when_the_facts_are_said_again(evening: Bench) -> None:
    KINDS["carer-admitted"](evening, LEFT)
    act(evening, "answer", "no", when=LEFT + 60_000)
    assert (matter(evening).status, matter(evening).stands) == ("not-urgent", False)
    evening.say(carer(LEFT + 120_000, outcome="support"))
    assert matter(evening).status == "not-urgent"


def test_more_than_one_thing_may_be_urgent_at_once(evening: Bench) -> None:
    evening.say(
        details(LEFT - 9),
        known(LEFT - 8),
        package(LEFT - 8, "live"),
        admitted(LEFT - 7, admitted_ms=LEFT - 7),
    )
    evening.say(package(LEFT - 6, "suspended"))
    evening.say(discharged(LEFT, "2", "19"))
    assert set(matters(evening)) == {"self-discharge", "package-lapsed"}


def test_who_has_no_task_can_be_urgent_and_nothing_is_published_or_audited_of_it(evening: Bench) -> None:
    KINDS["carer-admitted"](evening, LEFT)
    assert evening.tasks() == []
    assert evening.task_events() == []
    assert evening.ask(select(audit.c.what)) == []


def test_a_matter_is_read_by_the_table_that_held_when_it_happened(evening: Bench) -> None:
    KINDS["carer-admitted"](evening, LEFT)
    kind = kind_of(ReferenceLists(), matter(evening))
    assert kind is not None
    assert kind.asks == "Is the person they care for alone?"


@pytest.mark.parametrize("code", KINDS)
def test_on_both_databases_alike(real_bench: Bench, code: Any) -> None:
    real_bench.clock.ms = LEFT
    KINDS[code](real_bench, LEFT)
    assert (matter(real_bench).code, matter(real_bench).stands) == (code, True)
