"""What settings come down to, and the one rule of running: a part that ends by itself ends the service."""

from __future__ import annotations

import asyncio
import json
from importlib import resources
from typing import TYPE_CHECKING

import pytest

from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.settled import CannotStart
from ascbridge.config import ConfigError, Settings
from ascbridge.events.handlers.holds import HoldRules
from ascbridge.events.handlers.switches import Pair
from ascbridge.events.logs.wake import Waker, WakeSocket

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


async def for_ever() -> None:
    await asyncio.Event().wait()


async def test_a_part_that_ends_by_itself_ends_the_service_and_the_other_parts() -> None:
    cancelled = asyncio.Event()

    async def other() -> None:
        try:
            await for_ever()
        finally:
            cancelled.set()

    async def ends() -> None:
        await asyncio.sleep(0)

    with pytest.raises(CannotStart, match=r"ended by itself: .*\bends"):
        await settled.until(asyncio.Event(), other(), ends())
    assert cancelled.is_set()


async def test_a_part_that_fails_ends_the_service_with_its_own_fault() -> None:
    async def fails() -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await settled.until(asyncio.Event(), for_ever(), fails())


def test_each_feed_is_held_by_rules_of_its_own() -> None:
    assert settled.hold_rules_of(Settings()) == HoldRules(5, 10)
    rules = settled.hold_rules_of(
        Settings(hold_tries=4, feeds={"itk-v24": {"hold_tries": 2}, "council-facts": {"hold_minutes": 60}})
    )
    assert (rules.of("itk-v24").tries, rules.of("itk-v24").minutes) == (2, 10)
    assert (rules.of("council-facts").tries, rules.of("council-facts").minutes) == (4, 60)
    assert rules.of("") is rules
    with pytest.raises(
        ConfigError, match=r"feeds\.itk: there is no such feed; there are council-facts, desk, itk-v24"
    ):
        settled.hold_rules_of(Settings(feeds={"itk": {}}))


async def test_told_to_stop_a_part_finishes_what_it_is_at() -> None:
    stop, done = asyncio.Event(), []

    async def works() -> None:
        await stop.wait()
        for step in range(3):
            await asyncio.sleep(0)
            done.append(step)

    async def asks() -> None:
        stop.set()
        await stop.wait()

    await settled.until(stop, works(), asks())
    assert done == [0, 1, 2]


async def test_a_fault_while_stopping_is_told_too() -> None:
    stop = asyncio.Event()

    async def fails_late() -> None:
        await stop.wait()
        raise ValueError("half written")

    stop.set()
    with pytest.raises(ValueError, match="half written"):
        await settled.until(stop, fails_late())


def test_the_clock_is_the_machines_unless_a_file_says_another_time(
    tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    file = tmp_path / "clock.json"
    file.write_text(json.dumps({"real_ms": 0, "shown_ms": 1_791_200_000_000, "speed": 0}))
    assert settled.clock_of(make_settings(clock_file=file)).now_ms() == 1_791_200_000_000
    assert settled.clock_of(make_settings()).now_ms() != 1_791_200_000_000


def test_the_master_key_is_made_only_when_asked_and_may_lie_elsewhere(
    tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    elsewhere = make_settings(master_key_file=tmp_path / "safe" / "key")
    with pytest.raises(ConfigError, match="no master key here"):
        settled.keyring_of(elsewhere)
    made = settled.keyring_of(elsewhere, create=True)
    assert (tmp_path / "safe" / "key").stat().st_size == 32
    assert settled.keyring_of(elsewhere).lookup("a", "b") == made.lookup("a", "b")
    assert not (tmp_path / "data").exists()


def test_everything_lies_in_the_data_directory(settings: Settings) -> None:
    assert settled.file_of(settings, "kept") == settings.data_dir / "kept.db"
    assert settled.wake_socket(settings) == settings.data_dir / "wake.sock"


def test_profiles_are_the_hospitals_and_the_councils(make_settings: Callable[..., Settings]) -> None:
    uhcw = make_settings(mllp={"feed": "uhcw"})
    assert set(settled.profiles_of(uhcw)) == {"uhcw", "council-facts", "desk"}
    assert settled.hospital_profile(uhcw).feed.name == "uhcw"
    folders = {"old": {"folder": "/old"}, "new": {"folder": "/new", "profile": "council-extract"}}
    two = make_settings(council={"folders": folders})
    assert set(settled.profiles_of(two)) == {"itk-v24", "council-facts", "council-extract", "desk"}
    with pytest.raises(ConfigError, match="feed profile 'nobody'"):
        settled.profiles_of(make_settings(mllp={"feed": "nobody"}))


async def test_sockets_work_however_long_the_path_of_the_data_directory_is(tmp_path: Path) -> None:
    far = tmp_path / "/".join(["a-council-with-a-long-name"] * 6)
    far.mkdir(parents=True)
    settings = Settings(data_dir=far)
    path = settled.vitals_socket(settings)
    assert len(str(path)) <= settled.LONGEST_SOCKET_PATH < len(str(far))
    server = await asyncio.start_unix_server(lambda _reader, writer: writer.close(), path)
    reader, writer = await asyncio.open_unix_connection(settled.vitals_socket(settings))
    assert await reader.read() == b""
    writer.close()
    server.close()
    assert (far / "listen.sock").is_socket()
    heard = asyncio.Event()
    ear = WakeSocket(settled.wake_socket(settings), heard.set)
    ear.open()
    Waker(settled.wake_socket(settings)).wake()
    await asyncio.wait_for(heard.wait(), 60)
    ear.close()


def test_two_profiles_of_one_name_are_told_apart_by_nobody(
    tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    shipped = resources.files("ascbridge.intake.sources") / "profiles" / "council-facts.toml"
    another = tmp_path / "another.toml"
    another.write_text(shipped.read_text("utf-8").replace('title = "', 'title = "Another '))
    folders = {"old": {"folder": "/old"}, "new": {"folder": "/new", "profile": str(another)}}
    with pytest.raises(ConfigError, match="two feed profiles have the name 'council-facts'"):
        settled.profiles_of(make_settings(council={"folders": folders}))


def test_the_feeds_of_a_cut_over_are_feeds_that_are_there(tmp_path: Path) -> None:
    folders = {
        "old": {"folder": tmp_path / "a"},
        "new": {"folder": tmp_path / "b", "profile": "council-extract"},
    }
    assert settled.pair_of(Settings()) is None
    chosen = {"old": "council-facts", "new": "council-extract"}
    with pytest.raises(ConfigError, match='say "same"'):  # one number would be two persons
        settled.pair_of(Settings(council={"folders": folders}, cutover=chosen))
    chosen["ids"] = "same"
    pair = settled.pair_of(Settings(council={"folders": folders}, cutover=chosen))
    assert pair == Pair("council-facts", "council-extract", same_ids=True)
    with pytest.raises(ConfigError, match="these have two"):
        settled.pair_of(Settings(council={"folders": folders}, cutover=chosen | {"new": "itk-v24"}))
    with pytest.raises(
        ConfigError, match=r"cutover.new: there is no feed 'other'; there are council-extract"
    ):
        settled.pair_of(Settings(council={"folders": folders}, cutover=chosen | {"new": "other"}))
