"""What two systems tell is paired behind those who understand it; a fault of it is told and ends nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.bootstrap.commands import prepare
from ascbridge.bootstrap.jobs import reconciling
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.cutover import strands
from ascbridge.events.handlers.switches import Pair
from ascbridge.events.ledgers import said_events
from ascbridge.events.ledgers.said_events import SaidEvent
from ascbridge.storage.tables import feed_word, said_event

if TYPE_CHECKING:
    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.config import Settings

PAIR = Pair("old", "new")
TOLD = SaidEvent("e1", "m1", "old", "care.review-stated.v1", "p1", "review:R1", 5, 6, "0005", b"{}", "")


async def until_paired(ground: Ground, stop: asyncio.Event) -> None:
    async with asyncio.timeout(60):
        while await ground.database.read(lambda c: said_events.count_waiting(c, ("old",), 1)):  # noqa: ASYNC110  # rows of a database
            await asyncio.sleep(0.01)
    stop.set()


async def test_where_no_cut_over_is_set_up_nothing_is_paired_and_what_is_old_is_let_go_of(
    settings: Settings,
) -> None:
    prepare(settings)
    ground, stop = open_ground(settings), asyncio.Event()
    now_ms = ground.clock.now_ms()
    lately = now_ms - (settings.cutover.keep_days - 2) * reconciling.DAY_MS
    told = [TOLD, replace(TOLD, event_id="e2", patient_key="p2", kept_ms=lately)]
    await ground.database.write(lambda c: said_events.put(c, told))
    word = {"feed": "old", "slot": "review:R1", "value": b"{}", "heard_ms": 0}
    rows = [word | {"patient_key": "p1", "kept_ms": 6}, word | {"patient_key": "p2", "kept_ms": lately}]
    await ground.database.write(lambda c: c.execute(feed_word.insert(), rows))
    (part,) = reconciling.parts(ground, stop)

    async def left(column: Any) -> list[Any]:
        return list(await ground.database.read(lambda c: c.scalars(select(column)).all()))

    async def only_what_is_not_old() -> bool:
        return await left(said_event.c.patient_key) == await left(feed_word.c.patient_key) == ["p2"]

    running = asyncio.create_task(part)
    async with asyncio.timeout(60):
        while not await only_what_is_not_old():
            assert not running.done(), running
            await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(running, 60)
    await ground.database.close()


async def test_the_words_of_a_cut_over_stay_however_old(settings: Settings) -> None:
    prepare(settings)
    ground = open_ground(settings)
    word = {"slot": "review:R1", "patient_key": "p1", "value": b"{}", "heard_ms": 0, "kept_ms": 6}
    rows = [word | {"feed": feed} for feed in ("old", "new", "before")]
    await ground.database.write(lambda c: c.execute(feed_word.insert(), rows))
    await reconciling.forget_once(ground, PAIR, asyncio.Event())
    left = await ground.database.read(lambda c: c.execute(select(feed_word.c.feed)).scalars().all())
    assert sorted(left) == ["new", "old"]
    await ground.database.close()


async def test_a_turn_that_fails_is_tried_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(settings)
    ground, stop = open_ground(settings), asyncio.Event()
    await ground.database.write(lambda c: said_events.put(c, [TOLD]))
    failed = 0
    pair_some = strands.pair_some

    def fails_once(*arguments: Any) -> int:
        nonlocal failed
        if not failed:
            failed += 1
            raise ValueError("nothing can be made of this")
        return pair_some(*arguments)

    monkeypatch.setattr(strands, "pair_some", fails_once)
    await asyncio.wait_for(
        asyncio.gather(reconciling.pair_events(ground, PAIR, stop), until_paired(ground, stop)), 90
    )
    rows = await ground.database.read(lambda c: c.execute(select(said_event)).all())
    assert ([row.verdict for row in rows], failed) == (["missing"], 1)
    await ground.database.close()
