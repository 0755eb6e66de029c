"""The stories: each can be scheduled and paced, and Iris's says what it is known for."""

import re
from datetime import UTC, datetime

import pytest

from ascbridge.simulator import pace
from ascbridge.simulator.stories import DAY_SPEED, STEP_SECONDS, STORIES, iris


def test_there_are_a_day_a_journey_and_a_small_day():
    assert list(STORIES) == ["day", "iris", "short"]


@pytest.mark.parametrize("story", STORIES.values(), ids=lambda story: story.name)
def test_a_story_is_in_order_and_over_at_its_end(story):
    schedule = story.schedule(3, 0)
    times = [one.at_ms for one in schedule.sends]
    assert times == sorted(times)
    assert schedule.start_ms <= min(times)
    assert max(*times, *schedule.rounds, *(file.at_ms for file in schedule.files)) <= schedule.end_ms
    assert story.schedule(3, 0) == schedule


def test_iris_is_told_step_by_step_with_every_change_of_mind():
    said = [re.search(rb"ADT\^(A\d\d)", one.raw)[1].decode() for one in iris(1).sends]
    assert said == ["A28", "A01", "A02", "A08", "A16", "A25", "A16", "A21", "A22", "A03", "A13", "A03"]


def test_iris_is_invented():
    person = iris(1).journeys[0].citizen
    assert person.given_names == ("Iris", "May")
    assert person.nhs_number.startswith("999")
    assert person.nhs_number != "9993001015"


def test_the_team_looks_at_iris_only_when_it_will_not_be_overtaken():
    schedule = iris(1)
    last = max(one.at_ms for one in schedule.sends)
    assert len([at_ms for at_ms in schedule.rounds if at_ms > last]) >= 4
    assert datetime.fromtimestamp(last / 1000, UTC).date().isoformat() == "2026-03-13"


@pytest.mark.parametrize(
    "name, speed, kind",
    [
        ("day", None, pace.Running),
        ("day", 0, pace.AtOnce),
        ("iris", None, pace.StepByStep),
        ("iris", 0, pace.AtOnce),
    ],
)
def test_the_pace_follows_the_wish(tmp_path, name, speed, kind):
    assert isinstance(STORIES[name].make_pace(tmp_path / "clock.json", 0, speed), kind)


def test_a_day_takes_about_five_minutes_and_iris_little_more_than_one():
    assert 4 * 60 < (15 * 3600 + 9 * 3600 / pace.NIGHT) / DAY_SPEED < 6 * 60
    assert 60 < len(iris(1).sends) * STEP_SECONDS < 180
