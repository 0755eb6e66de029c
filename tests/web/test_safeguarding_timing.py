"""Neither the time nor the size of an answer tells a person with concerns from one without (docs/safety/telling-apart.md)."""

from __future__ import annotations

import random
import shutil
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ascbridge.safeguarding.concern_words import AdultSaid
from ascbridge.web.safeguarding import safeguarding_acts
from tests.safeguarding.behind import said
from tests.web.alike_times import BLOCKS, LIMIT, chance, score, told_apart
from tests.web.city import City
from tests.web.conftest import Someone
from tests.web.test_safeguarding_sweep import GARETH, program
from tests.web.walled import WalledCity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Which = bool  # the first of two, or the second
PAGES = (
    "/tasks/{task}",
    "/api/tasks/{task}",
    "/people/{person}",
    "/api/persons/{person}",
    "/fhir/Patient?_id={person}",
)
DOORS = ("raise", "find")
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


def each(ask: Callable[[Which, Which], object]) -> dict[tuple[bool, bool], Callable[[], object]]:
    return {(city, person): partial(ask, city, person) for city in (True, False) for person in (True, False)}


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


@pytest.mark.slow
def test_answers_about_either_take_the_same_time(twins: Twins) -> None:
    twins.raise_concerns()
    someone = asking(twins, "discharge-team")
    found = {}
    for form in PAGES:

        def ask(city: Which, person: Which, form: str = form) -> object:
            return someone[city].get(twins.path(form, person))

        found[form] = told_apart(each(ask))
    assert {form: round(one, 1) for form, one in found.items() if abs(one) >= LIMIT} == {}


@pytest.mark.slow
def test_that_the_test_can_fail(twins: Twins) -> None:
    """A page that asked behind the wall whether there is something is found out, the sooner the longer it took for that.

    How long it must take to be found on a busy machine is not known, so it takes longer each time until it is.
    """
    someone = asking(twins, "discharge-team")
    found = 0.0
    for more_s in (0.02, 0.1, 0.5):

        def ask(city: Which, person: Which, more_s: float = more_s) -> None:
            someone[city].get(twins.path("/api/tasks/{task}", person))
            if city == person:
                time.sleep(more_s)

        found = told_apart(each(ask))
        if found >= LIMIT:
            break
    assert found >= LIMIT


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_the_walls_own_door_takes_the_same_time_for_whoever_may_not_know(
    twins: Twins, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    twins.raise_concerns()
    monkeypatch.setattr(safeguarding_acts, "EVENLY_S", 0.05)
    role, name = ("referring-professional", "Kit Ward") if door == "raise" else ("safeguarding", GARETH)
    someone = {which: program(walled, role, name) for which, walled in twins.cities.items()}
    lots = random.Random(8)
    sizes: set[tuple[int, int]] = set()

    def ask(city: Which, person: Which) -> None:
        number = NUMBERS[person]
        if door == "raise":
            words = said(account=f"{lots.random():.15f}", adult=AdultSaid(nhs_number=number)).model_dump(
                mode="json"
            )
            answer = someone[city].post("/api/concerns", json=words)
        else:
            answer = someone[city].post("/safeguarding/find", data={"q": number})
        sizes.add((answer.status_code, len(answer.content)))

    found = told_apart(each(ask), blocks=48 if door == "raise" else BLOCKS)
    assert abs(found) < LIMIT
    assert len(sizes) == 1


def test_by_chance_it_fails_less_than_once_in_a_million_times() -> None:
    assert chance(len(PAGES) + len(DOORS)) < 1e-6


def test_the_score_is_nought_for_noise_and_high_for_a_shift() -> None:
    lots = random.Random(1)
    noise = [lots.gauss(0, 1) for _ in range(BLOCKS)]
    assert abs(score(noise)) < LIMIT
    assert score([one + 4 for one in noise]) >= LIMIT
    assert score([one - 4 for one in noise]) <= -LIMIT
    assert score([]) == score([0.0, 0.0]) == 0.0
    assert score([1.0] * BLOCKS) > 7
