"""Entries on their way to the process that keeps: answered once they are kept, and kept once however often they come."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from ascbridge.intake.doors.desk_door import DeskDoor, NotKept, hand_in, keep_entry
from ascbridge.storage.tables import message
from tests.intake.sources.test_desk_entries import entry
from tests.web.city import City

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    from ascbridge.intake.keeping.inbox import Arrival
    from ascbridge.intake.keeping.kept import Kept


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path / "city")
    yield made
    made.close()


def keeping(city: City) -> Callable[[Sequence[Arrival]], Awaitable[list[list[Kept]]]]:
    return city._keep_entry


def there(path: Path) -> bool:
    return path.exists()  # the socket's file is all there is to see


async def through_the_door(path: Path, door: DeskDoor, doing: Callable[[], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    serving = asyncio.create_task(door.run(path, stop))
    while not there(path):
        await asyncio.sleep(0.005)
        assert not serving.done()
    try:
        await doing()
    finally:
        stop.set()
        await serving


def kept(city: City) -> int:
    rows = city.kept.read_now(lambda c: list(c.execute(select(message.c.message_id))))
    return len(rows)


def test_an_entry_is_kept_and_twice_it_is_kept_once(city: City, tmp_path: Path) -> None:
    path = tmp_path / "desk.sock"

    async def doing() -> None:
        first = await hand_in(path, entry())
        assert await hand_in(path, entry()) == first
        assert path.stat().st_mode & 0o077 == 0

    asyncio.run(through_the_door(path, DeskDoor(keeping(city)), doing))
    assert kept(city) == 1
    assert not path.exists()


def test_what_is_refused_or_cannot_be_kept_is_told(city: City, tmp_path: Path) -> None:
    path = tmp_path / "desk.sock"

    async def broken(_: Sequence[Arrival]) -> list[list[Kept]]:
        raise OSError("no space")

    async def refused() -> None:
        with pytest.raises(NotKept, match="birth date"):
            await hand_in(path, json.dumps({**json.loads(entry()), "person": {}}).encode())

    async def not_now() -> None:
        with pytest.raises(NotKept, match="not now"):
            await hand_in(path, entry())

    asyncio.run(through_the_door(path, DeskDoor(keeping(city)), refused))
    door = DeskDoor(broken)
    asyncio.run(through_the_door(path, door, not_now))
    assert door.trouble == "the last entry could not be kept: OSError"


def test_nobody_listening_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(NotKept, match="not now"):
        asyncio.run(hand_in(tmp_path / "nobody.sock", entry()))


def test_who_goes_away_in_the_middle_leaves_nothing(city: City, tmp_path: Path) -> None:
    path = tmp_path / "desk.sock"

    async def doing() -> None:
        _, writer = await asyncio.open_unix_connection(path)
        writer.write(entry()[:40])
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        await hand_in(path, entry(id="another"))

    asyncio.run(through_the_door(path, DeskDoor(keeping(city)), doing))
    assert kept(city) == 1


def test_an_entry_is_kept_without_a_socket_where_the_pages_keep_themselves(city: City) -> None:
    first = asyncio.run(partial(keep_entry, keeping(city))(entry()))
    assert asyncio.run(keep_entry(keeping(city), entry())) == first
