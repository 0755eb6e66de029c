"""The letter box opens with the first letter, not before; a wall that is shut is told of in words that tell nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.letter_box import LetterBox
from ascbridge.clock import Clock
from ascbridge.people.behind_wall import NotNowBehind
from ascbridge.people.stray import Stray

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ascbridge.config import Settings

ONE = Stray("itk-v24", "hospital", b"QUETZAL", ("AL1: QUETZAL",), about="L1|V1")


def box(settings: Settings) -> LetterBox:
    return LetterBox(settings, Clock.system(), "listen")


def concerns(made: LetterBox) -> int:
    assert made._wall is not None
    assert made._wall.vault is not None
    database: Any = made._wall.vault.database
    return len(database.read_now(lambda c: list(c.exec_driver_sql("SELECT team FROM concern"))))


async def test_it_opens_with_the_first_letter_and_takes_each_once(settings: Settings) -> None:
    made = box(settings)
    assert made._wall is None
    assert not settled.wall_key_path(settings).exists(), "an intake makes no key unless it must"
    await asyncio.to_thread(made.put_now, [ONE])
    await asyncio.to_thread(made.put_now, [ONE])
    assert concerns(made) == 1
    await made.close()
    await box(settings).close()


async def test_a_wall_that_is_shut_takes_nothing_and_is_tried_again(settings: Settings) -> None:
    first = box(settings)
    await asyncio.to_thread(first.put_now, [ONE])
    await first.close()
    key, made = settled.wall_key_path(settings), box(settings)
    mine = key.read_bytes()
    key.unlink()
    with pytest.raises(NotNowBehind) as shut:
        await asyncio.to_thread(made.put_now, [ONE])
    assert shut.value.__suppress_context__
    key.write_bytes(mine)
    key.chmod(0o600)
    await asyncio.to_thread(made.put_now, [ONE])
    assert concerns(made) == 1
    await made.close()


async def test_where_safeguarding_is_not_set_up_nothing_is_taken(
    make_settings: Callable[..., Settings],
) -> None:
    made = box(
        make_settings(database_url="postgresql+asyncpg://u@127.0.0.1:1/n", kafka={"bootstrap": "127.0.0.1:1"})
    )
    with pytest.raises(NotNowBehind):
        await made.put_apart([ONE])
    await made.close()


@pytest.mark.postgres
async def test_on_postgresql_it_goes_by_the_walls_own_role(
    make_settings: Callable[..., Settings], postgres_url: str, tmp_path: Path
) -> None:
    from ascbridge.storage import migration
    from ascbridge.storage.database import PostgresDatabase

    key = tmp_path / "wall.key"
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)
    bridge = PostgresDatabase(postgres_url)
    await bridge.write(lambda c: c.exec_driver_sql("CREATE SCHEMA safeguarding"))
    await migration.upgrade_walled_postgres(postgres_url)
    settings = make_settings(database_url=postgres_url, kafka={"bootstrap": "127.0.0.1:1"})
    own = settings.safeguarding.model_copy(update={"database_url": postgres_url, "master_key_file": key})
    made = box(settings.model_copy(update={"safeguarding": own}))
    await made.put_apart([ONE])
    await made.put_apart([ONE])
    assert made._wall is not None
    assert made._wall.vault is not None
    rows = await made._wall.vault.database.read(lambda c: list(c.exec_driver_sql("SELECT team FROM concern")))
    assert len(rows) == 1
    await made.close()
    await bridge.close()
