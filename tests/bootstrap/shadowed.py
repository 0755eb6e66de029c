"""A city of which shadows are made, and what a test asks of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.bootstrap.shadow import time_machine
from ascbridge.discharge.acts import desk as acts
from ascbridge.discharge.acts.desk import Sitting
from ascbridge.operations.shadow import found, shadows
from ascbridge.people import links
from ascbridge.people.actor import Actor
from ascbridge.people.objections import Wish, state
from ascbridge.storage.tables import patient, task
from tests.web.city import City, people_the_city

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NURSE = Actor("Ola Green", "discharge-worker", "work")


class Still:
    """A pace that never rests."""

    def __init__(self, *_: object) -> None:
        self.asked = 0

    def rest(self, played: int) -> None:
        self.asked += played


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    folder = tmp_path / "data"
    folder.mkdir()
    made = City(folder)
    (folder / "master.key").write_bytes(bytes(range(32)))
    (folder / "master.key").chmod(0o600)
    people_the_city(made)
    yield made
    made.close()


def work_on(city: City) -> None:
    """Somebody claims a task, notes and completes another, two numbers are made one person, and somebody objects."""
    made = city.rows(task)
    for one, act in ((made[0], "claim"), (made[1], "complete")):
        sitting = Sitting(city.desk, NURSE, one.desk_version, city.clock.at_ms)
        if act == "claim":
            city.bridge.write_now(lambda c, s=sitting, t=one: acts.claim(c, s, t.task_id))
        else:
            city.bridge.write_now(
                lambda c, s=sitting, t=one: acts.drop(c, s, t.task_id, "duplicate", "rang the ward")
            )
    keys = [row.patient_key for row in city.rows(patient)]
    events = city.bridge.write_now(
        lambda c: links.link(
            c,
            city.keyring,
            keys[2],
            [keys[6]],
            actor=NURSE,
            why="one person",
            prefix=city.prefix,
            now_ms=city.clock.at_ms,
        )
    )
    city.bridge.write_now(lambda c: city.desk.outbox.emit(c, events, city.clock.at_ms))
    wish, whose = Wish(objects=True, stated_on="2026-01-02"), city.rows(patient)[4].person_id
    said = city.bridge.write_now(
        lambda c: state(
            c, city.data_keys, whose, wish,
            actor=NURSE, why="by letter", prefix=city.prefix, now_ms=city.clock.at_ms,
        )
    )  # fmt: skip
    city.bridge.write_now(lambda c: city.desk.outbox.emit(c, said, city.clock.at_ms))
    city.work()


def publish(city: City) -> None:
    async def rounds() -> None:
        ground = open_ground(city.settings, city.clock)
        publisher = ground.publish()
        while await publisher.round():
            pass
        await ground.database.close()

    asyncio.run(rounds())


def built(city: City, name: str = "next", *with_: Path, **more: Any) -> shadows.Shadow:
    shadow = time_machine.plan(city.settings, name, with_, **more)
    time_machine.build(city.settings, shadow, pace=Still)
    return shadows.find(city.settings.data_dir, name)


def differences(city: City, name: str = "next", **more: Any) -> list[found.Difference]:
    path = shadows.find(city.settings.data_dir, name).found
    return found.page(path, most=1_000, **more)[0]
