"""The pattern of a seeded store: some people whose stays in hospital are played into a real bridge to their end.

What the bridge writes of them is what is laid down again and again (`copies`), so that it has every table's real
shape. Who is in hospital today is played into the seeded bridge in the same way, and is not finished.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import cycle
from typing import TYPE_CHECKING

from ascbridge.intake.hl7v2.hl7_time import format_ts
from ascbridge.intake.hl7v2.mllp import frame
from ascbridge.simulator import adt_writer
from ascbridge.simulator.adt_writer import StayView
from ascbridge.simulator.bench.mllp_load import closed_loop
from ascbridge.simulator.city import City
from ascbridge.simulator.discharge_team import do_step, next_step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.simulator.bench.bench_bridge import BenchBridge
    from ascbridge.simulator.city import Citizen

PEOPLE, STAYS_EACH, MOST_MESSAGES = 60, 2, 11
TODAY, TODAY_VISITS = 100, 9_000_000
SEED, ON = 1, date(2026, 3, 3)
PATTERN_CITY, TODAY_CITY, FIRST_COPIED_CITY, LAST_CITY, PEOPLE_A_CITY = 1, 2, 3, 99, 5_000
"""Numbers of the cities whose people are used. City 0 is left to the loads of the other scenarios."""
_HOUR_MS = 3_600_000
_READY_ONE_IN = 3


def city(number: int) -> City:
    """One of the cities that share no NHS number and no local number."""
    return City(SEED, ON, number=number)


def pattern_people() -> list[Citizen]:
    """The people whose stays are the pattern."""
    people = city(PATTERN_CITY)
    return [people.citizen() for _ in range(PEOPLE)]


def everybody() -> Iterator[Citizen]:
    """Everybody whom copies may be about, each with numbers of their own."""
    for number in range(FIRST_COPIED_CITY, LAST_CITY + 1):
        people = city(number)
        yield from (people.citizen() for _ in range(PEOPLE_A_CITY))


def visit_of(number: int) -> str:
    """The hospital's number of a stay."""
    return f"V{number:07d}"


def control_of(number: int) -> str:
    """The control id of a message (MSH-10)."""
    return f"Q{number:09d}"


async def play_pattern(bench: BenchBridge, now_ms: int) -> None:
    """Play the pattern's people to their end: stays closed, tasks completed, some records read."""
    stays = [
        (person, visit_of(number * PEOPLE + place), now_ms - (STAYS_EACH - number) * 96 * _HOUR_MS)
        for number in range(STAYS_EACH)
        for place, person in enumerate(pattern_people())
    ]
    told = [list(_stay(*one, ready=n % _READY_ONE_IN == 0)) for n, one in enumerate(stays)]
    await _send(bench, told, 0)
    await bench.drain()
    while rows := (await bench.desk.get("/api/tasks", view="open", limit=200))["tasks"]:
        done = [await do_step(bench.desk, row, *(next_step(row) or ("claim", {}))) for row in rows]
        if not any(done):
            raise RuntimeError(f"{len(rows)} tasks that the team cannot finish, such as {rows[0]['task_id']}")
        await bench.drain()


async def play_today(bench: BenchBridge, now_ms: int) -> None:
    """Play who is in hospital today: admitted, mostly ready, none of them gone."""
    people = city(TODAY_CITY)
    began = now_ms - 96 * _HOUR_MS
    told = [
        list(_stay(people.citizen(), visit_of(TODAY_VISITS + n), began, ready=n % 4 != 0))[:-1]
        for n in range(TODAY)
    ]
    await _send(bench, told, TODAY_VISITS * 10)
    await bench.drain()


async def _send(bench: BenchBridge, stays: list[list[tuple[str, tuple[str, ...], int]]], first: int) -> None:
    """Send every stay's messages in turn, so that no stay's overtake one another."""
    number = first
    for step in range(max(map(len, stays))):
        messages = []
        for trigger, segments, at_ms in (stay[step] for stay in stays if step < len(stay)):
            number += 1
            messages.append(
                frame(
                    adt_writer.message(
                        trigger, segments, sent_ms=at_ms, control_id=control_of(number), sequence=1
                    )
                )
            )
        await closed_loop(
            bench.bridge.mllp_port, iter(messages), connections=8, seconds=600, most=len(messages)
        )


def _stay(
    person: Citizen, visit: str, began_ms: int, *, ready: bool
) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """Give trigger, segments and time of each message of a stay of four days."""
    about = (adt_writer.pid(person), adt_writer.pd1(person), adt_writer.nk1(person))
    stay = StayView(visit, began_ms, "W21")

    def said(trigger: str, hours: int, view: StayView, *more: str) -> tuple[str, tuple[str, ...], int]:
        at_ms = began_ms + hours * _HOUR_MS
        return trigger, (adt_writer.evn(at_ms, at_ms), *about, adt_writer.pv1(view), *more), at_ms

    planned = _day(began_ms + 90 * _HOUR_MS)
    yield said("A01", 0, stay)
    wards = cycle(("W30", "W21", "W40"))
    for hours in range(6, 70, 18):
        stay = replace(stay, ward=next(wards), bay=f"BAY {'ABC'[hours % 3]}")
        yield said("A02", hours, stay)
        yield said("A08", hours + 4, stay, adt_writer.pv2(expected_discharge=planned))
    if ready:
        day = _day(began_ms + 72 * _HOUR_MS)
        expected = adt_writer.pv2(expected_discharge=planned)
        yield said("A16", 72, stay, expected, adt_writer.zu1("Y", day))
    gone_ms = began_ms + 95 * _HOUR_MS
    yield said("A03", 95, replace(stay, discharged_ms=gone_ms, discharge_method="1", destination="19"))


def _day(at_ms: int) -> str:
    return format_ts(at_ms)[:8]
