"""The made-up bridge, on SQLite, and where a test asks for it on PostgreSQL too."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ascbridge.storage.database import PostgresDatabase
from ascbridge.storage.tables import GROUPS
from tests.record.world import World, sqlite_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = sqlite_world(tmp_path)
    yield made
    await made.database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def either_world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    if request.param == "sqlite":
        made = sqlite_world(tmp_path)
    else:
        made = World(PostgresDatabase(request.getfixturevalue("postgres_url")))
        await made.database.write(lambda c: [group.create_all(c) for group in GROUPS.values()])
    yield made
    await made.database.close()
