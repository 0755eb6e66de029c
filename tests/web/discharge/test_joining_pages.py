"""Whether another stay is the one that was entered by hand: shown with what speaks for it, and said by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.storage.tables import audit, task
from ascbridge.web.app import create_app
from tests.web.city import MINUTE, City
from tests.web.conftest import Someone
from tests.web.discharge.test_enter_pages import at_work, enter, hears, ready

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path)
    yield made
    made.close()


@pytest.fixture
def nurse(city: City) -> Someone:
    return Someone(create_app(city.parts())).sign_in("discharge-team")


@pytest.fixture
def two(city: City, nurse: Someone) -> tuple[str, str]:
    """Two tasks: of a stay that was entered with a number that nobody checked, and of the hospital's messages."""
    enter(nurse, checked="no")
    (by_hand,) = at_work(city)
    hears(city, "A01")
    ready(city)
    (sent,) = [one for one in at_work(city) if one.task != by_hand.task]
    return by_hand.task, sent.task


def test_each_task_says_that_the_other_could_be_the_same(two: tuple[str, str], nurse: Someone) -> None:
    by_hand, sent = two
    page = nurse.get(f"/tasks/{by_hand}").text
    assert "1 stay in the hospitals' messages could be the same" in page.replace("&#39;", "'")
    page = nurse.get(f"/tasks/{sent}").text
    assert "Perhaps entered by hand before" in page
    assert f"/tasks/{by_hand}/joining" in page


def test_the_first_page_counts_what_could_be_the_same_until_somebody_says(
    two: tuple[str, str], city: City, nurse: Someone
) -> None:
    by_hand, sent = two
    city.clock.at_ms += 60 * MINUTE
    page = nurse.get("/worklist").text
    assert (
        f'<a href="/tasks/{by_hand}/joining">1 possible match</a> with stays entered by hand, oldest' in page
    )
    (row,) = [row for row in city.rows(task) if row.task_id == sent]
    path = f"/tasks/{by_hand}/joining"
    assert nurse.fill(path, path, stay=row.spell_key, same="no", text="Another Mary Evans").status_code == 303
    city.work()
    assert "possible match" not in nurse.get("/worklist").text


def test_a_person_joins_them(two: tuple[str, str], city: City, nurse: Someone) -> None:
    by_hand, sent = two
    path = f"/tasks/{by_hand}/joining"
    page = nurse.get(path).text
    assert "the same NHS number; the same name and date of birth" in page
    (row,) = [row for row in city.rows(task) if row.task_id == sent]
    answer = nurse.fill(path, path, stay=row.spell_key, same="yes", text="Rang W21: it is her")
    assert answer.status_code == 303, answer.text
    city.work()
    (only,) = at_work(city)
    assert only.task == by_hand
    assert "go on with this task" in nurse.get(f"/tasks/{by_hand}?done=join").text
    closed = nurse.get(f"/tasks/{sent}").text
    assert "Joined with another task" in closed
    assert f'href="/tasks/{by_hand}"' in closed
    assert "patients linked" in [one.what for one in city.rows(audit)]


def test_a_person_keeps_them_apart_and_neither_says_it_again(
    two: tuple[str, str], city: City, nurse: Someone
) -> None:
    by_hand, sent = two
    path = f"/tasks/{by_hand}/joining"
    (row,) = [row for row in city.rows(task) if row.task_id == sent]
    assert nurse.fill(path, path, stay=row.spell_key, same="no", text="Another Mary Evans").status_code == 303
    assert len(at_work(city)) == 2
    assert "No message from the hospital has come" in nurse.get(f"/tasks/{by_hand}").text


def test_a_form_without_a_word_or_of_an_older_task_joins_nothing(
    two: tuple[str, str], city: City, nurse: Someone
) -> None:
    by_hand, sent = two
    path = f"/tasks/{by_hand}/joining"
    (row,) = [row for row in city.rows(task) if row.task_id == sent]
    answer = nurse.fill(path, path, stay=row.spell_key, same="yes", text=" ")
    assert answer.status_code == 422
    assert "Say how you know" in answer.text
    answer = nurse.fill(path, path, stay=row.spell_key, same="yes", text="Rang", version="7")
    assert answer.status_code == 409
    assert 'value="Rang"' in answer.text
    assert nurse.fill(path, path, stay="none", same="yes", text="Rang").status_code == 422
    assert len(at_work(city)) == 2


def test_a_task_of_messages_has_no_such_page(two: tuple[str, str], nurse: Someone) -> None:
    assert nurse.get(f"/tasks/{two[1]}/joining").status_code == 404
    assert nurse.get("/tasks/none/joining").status_code == 404
