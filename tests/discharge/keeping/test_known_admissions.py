"""Who is in hospital of those whom a team looks after: told since when, to which team, and no longer than it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.discharge.keeping import known_admissions
from ascbridge.events.facts.catalogue import PatientsLinked, PatientsUnlinked, WorkerAllocated
from tests.discharge.builders import MINUTE, admitted, at, death, details, discharged, stamp

if TYPE_CHECKING:
    from ascbridge.discharge.keeping.known_admissions import Admission
    from tests.discharge.builders import Bench

CAME_IN = at("2026-03-06T09:00")


def allocated(when: int, team: str = "North Base") -> WorkerAllocated:
    return WorkerAllocated(stamp=stamp(when), team=team)


def here(bench: Bench) -> list[Admission]:
    return bench.write(known_admissions.in_hospital)


def test_a_team_hears_that_one_of_its_people_came_in_whichever_is_said_first(real_bench: Bench) -> None:
    real_bench.clock.ms = CAME_IN
    real_bench.say(details(CAME_IN - MINUTE), admitted(CAME_IN, admitted_ms=CAME_IN))
    assert here(real_bench) == [], "nobody looks after them, by what is known"
    real_bench.clock.ms = CAME_IN + MINUTE
    real_bench.say(allocated(CAME_IN - 9))
    (one,) = here(real_bench)
    assert (one.team, one.since_ms, one.heard_ms) == ("North Base", CAME_IN, CAME_IN + MINUTE)
    assert real_bench.write(lambda c: known_admissions.admissions_of(c, [one.person_id])) == {
        one.person_id: one
    }
    assert real_bench.write(lambda c: known_admissions.admissions_of(c, ["nobody"])) == {}


def test_news_of_the_same_stay_is_no_new_admission_and_another_team_hears_of_it_anew(bench: Bench) -> None:
    bench.clock.ms = CAME_IN
    bench.say(allocated(CAME_IN - 9), admitted(CAME_IN, admitted_ms=CAME_IN))
    before = here(bench)
    bench.clock.ms += MINUTE
    bench.say(admitted(CAME_IN + MINUTE, admitted_ms=CAME_IN))
    assert here(bench) == before
    bench.say(allocated(CAME_IN + MINUTE, "South Base"))
    (one,) = here(bench)
    assert (one.team, one.heard_ms) == ("South Base", CAME_IN + MINUTE)


@pytest.mark.parametrize(
    "ends",
    [
        discharged(CAME_IN + MINUTE),
        death(CAME_IN + MINUTE),
        allocated(CAME_IN + MINUTE, ""),
    ],
    ids=["left", "died", "looked after by nobody"],
)
def test_it_ends_with_what_made_it(bench: Bench, ends: Any) -> None:
    bench.clock.ms = CAME_IN
    bench.say(allocated(CAME_IN - 9), admitted(CAME_IN, admitted_ms=CAME_IN))
    assert len(here(bench)) == 1
    bench.say(ends)
    assert here(bench) == []


def test_whoever_turns_out_to_be_known_is_their_teams_and_not_once_that_is_taken_back(bench: Bench) -> None:
    bench.clock.ms = CAME_IN
    bench.say(details(CAME_IN - 9), allocated(CAME_IN - 9), patient="p-council")
    bench.say(details(CAME_IN - 9), admitted(CAME_IN, admitted_ms=CAME_IN))
    assert here(bench) == []
    two: Any = {"other": "p1", "statement": "decided"}
    bench.say(PatientsLinked(**two, stamp=stamp(CAME_IN + 1)), patient="p-council")
    assert [one.team for one in here(bench)] == ["North Base"]
    bench.say(PatientsUnlinked(**two, stamp=stamp(CAME_IN + 2)), patient="p-council")
    assert here(bench) == []
