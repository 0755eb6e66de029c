"""A back-up is taken while the bridge works: what is restored is one moment of it, and the rest comes again by itself."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.journeys.bridge import Bridge, on_sqlite, run
from tests.journeys.test_upgrade import Hospital, count, every_task, lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.timeout(1_200), pytest.mark.slow]
STAYS = 25


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[Bridge]:
    made = on_sqlite(tmp_path)
    made.start()
    yield made
    made.kill()


def kept_in(folder: Path) -> set[str]:
    """The control ids that a stopped bridge, or a back-up, holds."""
    with closing(sqlite3.connect(f"file:{folder / 'kept.db'}?immutable=1", uri=True)) as raw:
        return {row[0] for row in raw.execute("SELECT control_id FROM message WHERE outcome = 'kept'")}


def positions_in(folder: Path) -> tuple[int, int]:
    """How far the translator has come, and how many messages there are: the second is never the smaller one."""
    asked = "SELECT next_offset FROM position WHERE consumer = 'translator'"
    with closing(sqlite3.connect(f"file:{folder / 'bridge.db'}?immutable=1", uri=True)) as raw:
        ((reached,),) = raw.execute(asked).fetchall()
    with closing(sqlite3.connect(f"file:{folder / 'kept.db'}?immutable=1", uri=True)) as raw:
        ((there,),) = raw.execute("SELECT coalesce(max(position), 0) + 1 FROM message").fetchall()
    return reached, there


async def back_up(bridge: Bridge, name: str, *options: str) -> Path:
    folder = bridge.folder / name
    data = str(bridge.folder / "data")
    await asyncio.to_thread(run, "backup", str(folder), "--data-dir", data, *options)
    return folder


async def test_a_back_up_taken_while_messages_flow_restores_to_the_same_ledger(
    bridge: Bridge, tmp_path: Path
) -> None:
    await bridge.ready()
    hospital, part = Hospital([bridge.mllp], lines(STAYS)), 0.3
    hospital.send(part)
    await bridge.until(partial(hospital.past, part), "messages flow")
    at_least = hospital.accepted
    copying = asyncio.create_task(back_up(bridge, "copy", "--with-key"))
    while not copying.done() and part < 0.8:  # some of it comes while it is copied, some after
        part += 0.02
        hospital.send(part)
        await bridge.until(partial(hospital.past, part - 0.02), "messages flow")
    folder = await copying
    await hospital.done()
    whole = await bridge.settled(hospital.total)
    reached, there = positions_in(folder)
    assert reached <= there
    assert at_least <= len(kept_in(folder)) < hospital.total
    assert bridge.stop() == [0]

    restored = on_sqlite(tmp_path / "other")
    restored.folder.mkdir()
    said = run("restore", str(folder), "--data-dir", str(restored.folder / "data"))
    assert "itk-v24: its last message here is of" in said
    restored.start()
    try:
        await restored.ready()
        moment = len(kept_in(folder))
        row = await restored.settled(moment)
        assert row["adds_up"]
        assert row["kept"] == row["delivered"] == moment == row["received"]
        # The hospital sends again all that it sent: what was in the back-up is recognised, the rest is new.
        await Hospital([restored.mllp], lines(STAYS)).done()
        row = await restored.settled(hospital.total)
        assert row["duplicate"] == moment
        assert {name: row[name] for name in ("kept", "delivered", "no_effect", "refused")} == {
            name: whole[name] for name in ("kept", "delivered", "no_effect", "refused")
        }
        tasks = await every_task(restored)
        assert sorted(task["signal"] for task in tasks) == ["discharged"] * STAYS
        assert await count(restored, "Task") == await count(restored, "Encounter") == STAYS
    finally:
        restored.kill()
