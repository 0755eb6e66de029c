"""The size of an answer does not tell a person with concerns from one without, and what judges times tells what it should.

Times are measured over a real connection (tests/journeys/test_untold_over_http.py, docs/safety/telling-apart.md).
"""

from __future__ import annotations

import math
import random
import shutil
from typing import TYPE_CHECKING

import pytest

from ascbridge.safeguarding.concern_words import AdultSaid
from ascbridge.web.safeguarding import safeguarding_acts
from tests.safeguarding.behind import said
from tests.web.alike_times import BLOCKS, LIMIT, differences, score, shift
from tests.web.city import City
from tests.web.conftest import Someone
from tests.web.test_safeguarding_sweep import GARETH, program
from tests.web.walled import WalledCity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Which = bool  # the first of two, or the second
PAGES = (
    "/tasks/{task}",
    "/api/tasks/{task}",
    "/people/{person}",
    "/api/persons/{person}",
    "/fhir/Patient?_id={person}",
)
NUMBERS = {True: "9993000116", False: "9993000124"}
"""Two adults that only the wall knows, for its own door."""
CONCERNS = 6


class Twins:
    """Two cities that are one but for whom the concerns are about: the one who is asked about, or the other."""

    def __init__(self, afternoon: Path, folder: Path) -> None:
        self.cities: dict[bool, WalledCity] = {}
        for which in (True, False):
            there = folder / str(which)
            shutil.copytree(afternoon, there)
            self.cities[which] = WalledCity(City(there))
        city = self.cities[True].city
        tasks = [city.task_of(number) for number in range(3)]
        other = next(one for one in tasks if one.person_id != tasks[0].person_id)
        self.tasks = {True: tasks[0], False: other}

    def path(self, form: str, person: Which) -> str:
        row = self.tasks[person]
        return form.format(task=row.task_id, person=row.person_id)

    def raise_concerns(self) -> None:
        for which, walled in self.cities.items():
            row = self.tasks[which]
            for number in range(CONCERNS):
                account = f"Bruises {number}"
                known = AdultSaid(person_id=row.person_id, nhs_number=NUMBERS[which], family_name="EVANS")
                walled.behind.take(said(account=account, adult=known, source_named=(GARETH,)))

    def close(self) -> None:
        for walled in self.cities.values():
            walled.close()
            walled.city.close()


@pytest.fixture
def twins(afternoon: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Twins]:
    monkeypatch.setattr(safeguarding_acts, "EVENLY_S", 0.0)
    made = Twins(afternoon, tmp_path)
    yield made
    made.close()


def asking(twins: Twins, role: str) -> dict[bool, Someone]:
    return {which: program(walled, role) for which, walled in twins.cities.items()}


def test_answers_about_either_are_of_one_size(twins: Twins) -> None:
    twins.raise_concerns()
    someone = asking(twins, "discharge-team")
    for form in PAGES:
        for person in (True, False):
            with_one, without = (someone[city].get(twins.path(form, person)) for city in (person, not person))
            assert (with_one.status_code, len(with_one.content)) == (
                without.status_code,
                len(without.content),
            ), form
            assert with_one.status_code == 200, form


def test_the_score_is_nought_for_noise_and_high_for_a_shift() -> None:
    lots = random.Random(1)
    noise = [lots.gauss(0, 1) for _ in range(BLOCKS)]
    assert abs(score(noise)) < LIMIT
    assert score([one + 4 for one in noise]) >= LIMIT
    assert score([one - 4 for one in noise]) <= -LIMIT
    assert score([]) == score([0.0, 0.0]) == 0.0
    assert score([1.0] * BLOCKS) > 7


def test_with_too_few_blocks_it_could_not_fail_and_is_not_tried() -> None:
    assert score([1.0] * 50) < LIMIT < score([1.0] * 51)
    with pytest.raises(AssertionError, match="could never tell"):
        differences({(True, True): dict}, 50)


def test_where_what_is_added_lies_is_told_by_signs_alone() -> None:
    lots = random.Random(3)
    low, high = shift([2 * lots.gauss(0.010, 0.002) for _ in range(BLOCKS)])
    assert 0.008 < low < 0.010 < high < 0.012
    assert shift([1.0] * 10) == (-math.inf, math.inf), "so few say nothing"
