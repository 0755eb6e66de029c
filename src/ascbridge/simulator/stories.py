"""The stories that can be played: a day, one person's journey, and a small day for a quick look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from ascbridge.simulator import pace
from ascbridge.simulator.adt_writer import StayView
from ascbridge.simulator.city import City
from ascbridge.simulator.council import Council
from ascbridge.simulator.day import a_day
from ascbridge.simulator.journeys import Journey
from ascbridge.simulator.schedule import Feed, Schedule
from ascbridge.simulator.timeline import MINUTE_MS, Timeline
from ascbridge.simulator.wards import DAY_MS, at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY_SPEED = 200.0
"""Shown seconds in each real one: with a quick night, a day takes about five minutes."""
STEP_SECONDS = 6.0
IRIS_CAME = date(2026, 3, 2)


@dataclass(frozen=True, slots=True)
class Story:
    """A story: what it shows, its schedule from a seed and a day number, and the pace it is played at.

    `repeats`: it has a next day after each day. `make_pace` takes the clock file, the start (UTC
    milliseconds) and the speed that was asked for, None where none was.
    """

    name: str
    about: str
    schedule: Callable[[int, int], Schedule]
    make_pace: Callable[[Path, int, float | None], pace.Running | pace.AtOnce | pace.StepByStep]
    repeats: bool = False


def _running(clock_file: Path, start_ms: int, speed: float | None) -> pace.Running | pace.AtOnce:
    """Speed 0 is as fast as it goes."""
    if speed == 0:
        return pace.AtOnce(clock_file, start_ms)
    return pace.Running(clock_file, start_ms, speed or DAY_SPEED)


def _stepping(clock_file: Path, start_ms: int, speed: float | None) -> pace.StepByStep | pace.AtOnce:
    """Speed 2 makes the steps half as long; speed 0 is as fast as it goes."""
    if speed == 0:
        return pace.AtOnce(clock_file, start_ms)
    return pace.StepByStep(clock_file, start_ms, STEP_SECONDS / (speed or 1))


def iris(seed: int, number: int = 0) -> Schedule:
    """One person: admitted, estimated, ready, not ready, ready again, on leave, home, not home after all,
    care home.
    """
    came = at(IRIS_CAME, 10)
    city = City(seed, IRIS_CAME, number=number)
    person = replace(city.citizen(youngest=80), given_names=("Iris", "May"), gender="2", title="MRS")
    one = Timeline(person, StayView("V90000001", came, "ED", "MAJORS", "C6"))
    one.register(came - 15 * MINUTE_MS)
    one.admit(came + 15 * MINUTE_MS)
    one.move(came + 270 * MINUTE_MS, "W21", "BED 4")
    one.update(at(IRIS_CAME + timedelta(days=1), 9), expected="20260309")
    one.ready(_on(4, 11.5), _on(7, 14))
    one.not_ready(_on(5, 10))
    one.ready(_on(8, 9), _on(9, 14))
    one.leave(_on(8, 18))
    one.back(_on(8, 20.5))
    one.discharge(_on(9, 15))
    one.cancel_discharge(_on(9, 16))
    one.discharge(_on(11, 14), destination="85")
    journey = Journey("iris", person, "V90000001", tuple(one.said), "completed", worker=True)
    council = Council(seed, city, IRIS_CAME, number=number)
    extract = council.files([journey], 0)[:1]
    feed = Feed(Random(f"iris {seed}"), number=number, start_ms=came - DAY_MS)
    return Schedule(
        start_ms=came - 20 * MINUTE_MS,
        end_ms=_on(11, 19),
        sends=feed.sends(one.said, repeat_share=0),
        files=tuple(replace(file, at_ms=came - 18 * MINUTE_MS) for file in extract),
        rounds=(_on(4, 12), _on(8, 10), *(_on(11, 15 + n / 2) for n in range(6))),
        journeys=(journey,),
        told=tuple(one for one in council.said if one.at_ms < extract[0].at_ms),
    )


def _on(days: int, hour: float) -> int:
    return at(IRIS_CAME + timedelta(days=days), hour)


STORIES = {
    story.name: story
    for story in (
        Story("day", "A hospital and council day: about 1,900 messages, 12 to 16 people who need support.",
              a_day, _running, repeats=True),
        Story("iris", "One person's journey, step by step, with every change of mind.", iris, _stepping),
        Story("short", "A small day: every kind of journey once, a tenth of the ordinary patients.",
              lambda seed, number: a_day(seed, number, scale=0.1), _running, repeats=True),
    )
}  # fmt: skip
"""Every story by its name."""
