"""Time that passes opens work by itself, across restarts; one person whom nothing can be decided about holds nobody up."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import insert, select

from ascbridge.bootstrap.commands import prepare
from ascbridge.bootstrap.jobs import watching
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.frontdoor.reception import Reception
from ascbridge.storage.tables import care, door_clock, door_task

if TYPE_CHECKING:
    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.config import Settings

PATIENCE_S = 60


async def until_none_is_due(ground: Ground, stop: asyncio.Event) -> None:
    """Stop what runs as soon as nobody's time has come, and not before."""
    async with asyncio.timeout(PATIENCE_S):
        while await ground.database.read(ground.engine().time_has_come):  # noqa: ASYNC110  # rows of a database
            await asyncio.sleep(0.01)
    stop.set()


async def test_what_was_set_before_a_restart_comes_due_after_it(settings: Settings) -> None:
    prepare(settings)
    ground = open_ground(settings)
    package = b'{"status": "live", "started_on": "2020-01-01", "since_ms": 1577880000000, "event": "e1"}'
    row = {"patient_key": "p1", "slot": "package:K1", "stamp": "1", "value": package, "changed_ms": 1}
    await ground.database.write(lambda c: c.execute(insert(care), [row]))
    await ground.database.write(lambda c: c.execute(insert(door_clock), [{"patient_key": "p1", "at_ms": 5}]))
    await ground.database.close()
    ground, stop = open_ground(settings), asyncio.Event()
    await asyncio.wait_for(
        asyncio.gather(watching.watch_time(ground, stop), until_none_is_due(ground, stop)), PATIENCE_S
    )
    rows = await ground.database.read(lambda c: c.execute(select(door_task)).all())
    assert [(one.kind, one.status) for one in rows] == [("review", "requested")]
    await ground.database.close()


async def test_somebody_about_whom_nothing_can_be_decided_is_put_off_and_the_others_are_not(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(settings)
    ground, stop = open_ground(settings), asyncio.Event()
    rows = [{"patient_key": key, "at_ms": at} for key, at in (("bad", 1), ("good", 2), ("fine", 3))]
    await ground.database.write(lambda c: c.execute(insert(door_clock), rows))
    seen: list[str] = []
    watch = Reception.watch

    def fails_for_bad(self: Reception, connection: Any, most: int = 50) -> int:
        keys = (
            connection.execute(select(door_clock.c.patient_key).where(door_clock.c.at_ms <= 3))
            .scalars()
            .all()
        )
        seen.extend(keys)
        if "bad" in keys:
            raise ValueError("nothing can be made of this")
        return watch(self, connection, most)

    monkeypatch.setattr(Reception, "watch", fails_for_bad)
    await asyncio.wait_for(
        asyncio.gather(watching.watch_time(ground, stop), until_none_is_due(ground, stop)), PATIENCE_S
    )
    left = dict(await ground.database.read(lambda c: c.execute(select(door_clock)).all()))
    assert (left["good"], left["fine"]) == (None, None)
    assert left["bad"] is not None
    await ground.database.close()


async def test_a_database_that_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ascbridge.bootstrap.parts.job_loop.LOOK_EVERY_S", 0.01)
    stop, tries = asyncio.Event(), []

    class Away:
        async def read(self, _work: object) -> bool:
            tries.append(1)
            if len(tries) < 3:
                raise OSError("away")
            stop.set()
            return False

    ground = cast(
        "Ground", SimpleNamespace(database=Away(), engine=lambda: SimpleNamespace(time_has_come=None))
    )
    await asyncio.wait_for(watching.watch_time(ground, stop), PATIENCE_S)
    assert len(tries) == 3
