"""What tells hospitals is put together as it is set, and not at all where nothing is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge import config
from ascbridge.bootstrap.parts import replying
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.bootstrap.parts.settled import CannotStart
from ascbridge.events.logs.sealing import Keyring
from ascbridge.storage import migration
from ascbridge.storage.database import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ascbridge.bootstrap.parts.ground import Ground

UHCW = {"facility": "RKB", "host": "127.0.0.1", "port": 2580}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    migration.upgrade_sqlite(tmp_path)
    Keyring.load(tmp_path / "master.key", create=True)
    return tmp_path


def grounds(folder: Path, **settings: Any) -> Iterator[Ground]:
    ground = open_ground(config.load(None, data_dir=folder, **settings))
    yield ground
    asyncio.run(ground.log.close())
    asyncio.run(ground.database.close())


def test_nothing_is_told_where_no_hospital_is_set(folder: Path) -> None:
    (ground,) = ([one, replying.reply(one)] for one in grounds(folder))
    assert ground[1] == []
    assert ground[0].deliveries == []
    assert replying.readers(ground[0].settings) == {}


def test_each_hospital_has_a_sender_and_all_of_them_one_reader(folder: Path) -> None:
    replies = {"uhcw": UHCW, "george": UHCW | {"facility": "RLT", "port": 2581}}
    for ground in grounds(folder, replies=replies):
        senders = replying.reply(ground)
        assert [sender.name for sender in senders] == ["replies to uhcw", "replies to george"]
        assert [one.name for one in ground.deliveries] == ["replies"]
        assert replying.readers(ground.settings) == {"replies": ("task",)}
        assert isinstance(ground.database, SqliteDatabase)


def test_certificates_that_cannot_be_used_stop_the_start(folder: Path) -> None:
    tls = {"ca_file": str(folder / "none.pem")}
    for ground in grounds(folder, replies={"uhcw": UHCW | {"tls": tls}}):
        with pytest.raises(CannotStart, match=r"replies\.uhcw\.tls: "):
            replying.reply(ground)
