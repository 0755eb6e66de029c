"""Reaches into a bridge's database from outside: to look, to lay something down, or to let it refuse one stay."""

from __future__ import annotations

import contextlib
import sqlite3
import tomllib
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    from tests.faults.scene import Scene


async def ask(scene: Scene, *statements: str) -> list[Any]:
    """Run statements on the database that holds the desk's tables, and return what the last one found."""
    if scene.stack == "sqlite":
        with contextlib.closing(sqlite3.connect(scene.data / "bridge.db", timeout=30)) as file, file:
            return [file.execute(one).fetchall() for one in statements][-1]
    settings = tomllib.loads((scene.bridge.folder / "settings.toml").read_text())
    line = await asyncpg.connect(settings["database_url"].replace("+asyncpg", ""))
    try:
        return [await line.fetch(one) for one in statements][-1]
    finally:
        await line.close()


async def poison(scene: Scene, spell_key: str) -> None:
    """Let the database refuse whatever is said of one stay, as a mistake of ours would have it."""
    if scene.stack == "sqlite":
        await ask(
            scene,
            f"CREATE TRIGGER poison BEFORE INSERT ON evidence WHEN NEW.spell_key = '{spell_key}' "
            "BEGIN SELECT RAISE(ABORT, 'poison'); END",
        )
        return
    await ask(
        scene,
        "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poison'; END $$",
        f"CREATE TRIGGER poison BEFORE INSERT ON evidence FOR EACH ROW WHEN (NEW.spell_key = '{spell_key}') "
        "EXECUTE FUNCTION poison()",
    )


async def cured(scene: Scene) -> None:
    await ask(scene, "DROP TRIGGER poison" + (" ON evidence" if scene.stack == "kafka" else ""))
