"""Several case systems come in beside each other, each by its own feed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.bootstrap import listening
from ascbridge.bootstrap.parts import settled
from ascbridge.operations.flowing.neighbour import Neighbour
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import history_file, message

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ascbridge.config import Settings

PATIENCE_S = 60


async def test_two_case_systems_write_to_two_folders_and_each_is_a_feed_of_its_own(
    tmp_path: Path, make_settings: Callable[..., Settings], settings: Settings
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    feeds = {"old": {"folder": old}, "new": {"folder": new, "profile": "council-extract"}}
    two = make_settings(council={"folders": feeds}, data_dir=settings.data_dir, mllp=settings.mllp)
    stop = asyncio.Event()
    running = asyncio.create_task(listening.listen(two, stop))
    beside = Neighbour("listen", settled.vitals_socket(two))

    async def until(text: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while await beside.trouble() != text:
                assert not running.done(), running
                await asyncio.sleep(0.01)

    await until("")
    for folder in (old, new):
        (folder / "a.tmp").write_text('{"fact": "nonsense"}\n')
        (folder / "a.tmp").rename(folder / "a.jsonl")
    async with asyncio.timeout(PATIENCE_S):
        while not all((folder / "done" / "a.jsonl.receipt.json").exists() for folder in (old, new)):
            assert not running.done(), running
            await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(running, PATIENCE_S)
    kept = SqliteDatabase(settled.file_of(two, "kept"))
    feeds_kept = await kept.read(lambda c: set(c.execute(select(message.c.feed)).scalars()))
    await kept.close()
    assert feeds_kept == {"council-facts", "council-extract"}


async def test_history_comes_in_beside_what_is_live(
    tmp_path: Path, make_settings: Callable[..., Settings], settings: Settings
) -> None:
    past = tmp_path / "past"
    feeds = {"now": {"folder": tmp_path / "now"}, "past": {"folder": past, "profile": "council-history"}}
    both = make_settings(council={"folders": feeds}, data_dir=settings.data_dir, mllp=settings.mllp)
    past.mkdir()
    (past / "a.jsonl").write_text('{"fact": "nonsense"}\n' * 3)
    stop = asyncio.Event()
    running = asyncio.create_task(listening.listen(both, stop))
    async with asyncio.timeout(PATIENCE_S):
        while not (past / "done" / "a.jsonl.receipt.json").exists():
            assert not running.done(), running
            await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(running, PATIENCE_S)
    kept = SqliteDatabase(settled.file_of(both, "kept"))
    refused = await kept.read(lambda c: list(c.execute(select(history_file.c.feed, history_file.c.refused))))
    await kept.close()
    assert [tuple(row) for row in refused] == [("council-history", 3)]
