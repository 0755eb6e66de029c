"""The tests' city with a wall: pages that reach behind it, and what stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.safeguarding.wall_slot import WallSlot
from ascbridge.storage.database import SqliteDatabase
from ascbridge.web.app import create_app
from tests.safeguarding.behind import Behind, Box, vault_on
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.web.city import City


class WalledCity:
    """A city, its pages, and the inside of its wall."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.database = SqliteDatabase(city.folder / "safeguarding.db")
        vault = vault_on(self.database, city.clock)
        self.behind = Behind(vault, self.database.write_now)
        city.open_letter_box(Box(self.behind))
        self.app: FastAPI = create_app(city.parts(vault=vault, behind_wall=WallSlot(vault)))

    def sign_in(self, role: str = "safeguarding", name: str = "Nia Brown") -> Someone:
        return Someone(self.app).sign_in(role, name)

    def concern_of(self, reference: str) -> str:
        """The address of a concern's page."""
        return f"/safeguarding/concerns/{self.behind.stood(reference).said.concern}"

    def close(self) -> None:
        self.database._write_thread.shutdown()
        self.database._read_threads.shutdown()
        for engine in (self.database._writer, self.database._readers):
            if engine is not None:
                engine.dispose()
