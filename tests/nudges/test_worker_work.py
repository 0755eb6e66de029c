"""What one worker hears of is theirs: by who took it, and by whom the case system allocates people to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from ascbridge.nudges import worker_work
from ascbridge.nudges.nudge_rules import TeamWork
from ascbridge.storage.tables import task
from tests.web.city import MINUTE, City, people_the_city
from tests.web.door import EVANS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AMINA, BEN = "Amina Yusuf", "Ben Shah"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path / "city")
    people_the_city(made)
    yield made
    made.close()


def work(city: City) -> dict[str, TeamWork]:
    now_ms = city.clock.at_ms
    return city.bridge.read_now(
        lambda c: worker_work.work_of(c, city.data_keys, [AMINA, BEN], 1, now_ms, 30 * MINUTE)
    )


def take(city: City, who: str, due_ms: list[int]) -> list[str]:
    """Let somebody take as many open tasks, due then."""
    rows = [
        row for row in city.rows(task) if row.to_do and row.status in ("accepted", "requested", "in-progress")
    ]
    for row, due in zip(rows, due_ms, strict=False):
        mine = update(task).where(task.c.task_id == row.task_id).values(claimed_by=who, due_order=due)
        city.bridge.write_now(lambda c, mine=mine: c.execute(mine))
    assert len(rows) >= len(due_ms)
    return [row.task_id for row, _ in zip(rows, due_ms, strict=False)]


def test_what_somebody_took_is_told_to_them_by_how_soon_it_is_due(city: City) -> None:
    now = city.clock.at_ms
    late, soon, today = take(city, AMINA, [now - 1, now, now + 31 * MINUTE])
    found = work(city)
    assert (found[AMINA].overdue, found[AMINA].soon, found[AMINA].today) == ({late}, {soon}, 1)
    assert today not in found[AMINA].news
    assert found[BEN] == TeamWork()


def test_a_name_is_the_same_however_it_is_written(city: City) -> None:
    now = city.clock.at_ms
    (first,), (second,) = take(city, "amina  YUSUF", [now - 1]), take(city, BEN, [now - 1])
    assert first == second  # one task went from one to the other
    assert (work(city)[AMINA].overdue, work(city)[BEN].overdue) == (frozenset(), {first})
    take(city, "amina  YUSUF", [now - 1])
    assert (work(city)[AMINA].overdue, work(city)[BEN].overdue) == ({first}, frozenset())


def test_who_has_no_task_and_nobody_is_named_and_who_has_either_is_not(city: City) -> None:
    def lost(*names: str) -> tuple[str, ...]:
        return city.bridge.read_now(lambda c: worker_work.not_found(c, city.data_keys, names, 1))

    city.council(*EVANS, "worker", worker={"team": "North Base", "name": AMINA})
    take(city, BEN, [city.clock.at_ms])
    assert lost("amina yusuf", "BEN shah", "Amina Yussuf") == ("Amina Yussuf",)


def test_who_is_allocated_and_in_hospital_is_told_once_a_stay_and_not_after_another_took_over(
    city: City,
) -> None:
    for name, who in (("amina yusuf", AMINA), (BEN, BEN)):
        city.clock.at_ms += MINUTE
        city.council(*EVANS, "worker", worker={"team": "North Base", "name": name})
        found = work(city)
        assert [each for each in found if found[each].admitted] == [who]
        assert len(found[who].admitted) == 1
    city.clock.at_ms += MINUTE
    city.council(*EVANS, "worker", worker={"team": ""})
    assert work(city) == {AMINA: TeamWork(), BEN: TeamWork()}


def test_of_two_records_of_one_person_the_last_word_says_whose_they_are(city: City) -> None:
    other = ("C900", *EVANS[1:])  # the same verified number and birth date: one person
    city.council(*EVANS, "worker", worker={"team": "North Base", "name": AMINA})
    city.clock.at_ms += MINUTE
    city.council(*other, "worker", worker={"team": "South Base", "name": BEN})
    found = work(city)
    assert (len(found[AMINA].admitted), len(found[BEN].admitted)) == (0, 1)


def test_who_comes_to_accident_and_emergency_is_told_of_as_on_a_ward(city: City) -> None:
    grace = ("C701", "9993000132", ("NEWBOLD", "GRACE"), "1947-02-02")
    city.council(*grace, "worker", worker={"team": "South Base", "name": BEN})
    assert work(city)[BEN] == TeamWork()
    city.hear("A04", local_id="L701", visit="V701", name="NEWBOLD^GRACE^^^MRS^^L", born="19470202",
              nhs_number="9993000132", ward="AE^^^RKB01", pv1={2: "E"})  # fmt: skip
    assert len(work(city)[BEN].admitted) == 1
