"""The one door to the council's database: short questions, each in a transaction of its own that cannot write.

Nothing is held there between two questions, and none may last longer than agreed: their people come first. What goes
wrong is told by its kind and never quoted: an error of a database may hold somebody's data.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from ascbridge.events.logs.faults import InfrastructureFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Executable

DRIVERS = {
    "postgresql": "postgresql+asyncpg",
    "mssql": "mssql+aioodbc",
    "oracle": "oracle+oracledb",
}
"""The databases that can be asked, and by which driver. Only the first comes with the bridge, and only it is run."""
GRACE_S = 5.0
_MEANINGS = {
    "08": "it cannot be reached",
    "28": "it does not let us in",
    "3D": "there is no such database",
    "42501": "we may not read this table",
    "42P01": "there is no such table",
    "42703": "a column is missing",
    "42883": "a column is not of the kind that the profile says",
    "42804": "a column is not of the kind that the profile says",
    "53": "it has no room for us",
    "57014": "it took longer than statement_seconds",
    "57": "it is being stopped",
}


class CannotAsk(Exception):
    """An address of a database that cannot be used; the text says why, and quotes no more than the kind of database."""


class NoAnswer(InfrastructureFault):
    """The council's database did not answer; the text says why as far as that is known."""


class CouncilDatabase:
    """One database, by its address. Raises `CannotAsk`."""

    def __init__(self, url: str, *, statement_s: float) -> None:
        kind = url.partition(":")[0]
        self.dialect = kind.partition("+")[0]
        if DRIVERS.get(self.dialect) != kind:
            raise CannotAsk(f"begins with {kind!r}; must be one of {', '.join(DRIVERS.values())}")
        self._patience_s = statement_s + GRACE_S
        # Brings the object mapper along: who polls nothing need not wait for it at each start.
        from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415

        try:
            self._engine = create_async_engine(
                url,
                pool_size=1,
                max_overflow=0,
                pool_pre_ping=True,
                hide_parameters=True,
                connect_args=_manners(self.dialect, statement_s),
            )
        except ModuleNotFoundError as fault:
            raise CannotAsk(
                f"needs the driver {fault.name}, which is not installed and does not come with the bridge; "
                f"{self.dialect} was never run with it"
            ) from None
        except (ArgumentError, NoSuchModuleError, ValueError):
            raise CannotAsk(f"is not an address such as {kind}://user:password@host/database") from None
        if self.dialect == "postgresql":
            self._engine = self._engine.execution_options(postgresql_readonly=True)

    async def ask(self, question: Executable) -> list[tuple[Any, ...]]:
        """Return every row of a question that says itself how many. Raises `NoAnswer`."""
        _, rows = await self._ask(question)
        return rows

    async def names(self, question: Executable) -> tuple[str, ...]:
        """Return the names of the columns that a question gives. Raises `NoAnswer`."""
        names, _ = await self._ask(question)
        return names

    async def _ask(self, question: Executable) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        try:
            async with asyncio.timeout(self._patience_s), self._engine.connect() as connection:
                result = await connection.execute(question)
                return tuple(result.keys()), [tuple(row) for row in result]
        except TimeoutError:
            raise NoAnswer("the council's database did not answer in time") from None
        except (SQLAlchemyError, OSError, EOFError) as fault:
            raise NoAnswer(f"the council's database: {_meaning(fault)}") from None
        except Exception as fault:  # noqa: BLE001  # a driver's own: asyncpg refuses a password before Core sees it
            raise NoAnswer(f"the council's database: {_meaning(fault)}") from None

    async def close(self) -> None:
        """Let go of the connection."""
        await self._engine.dispose()


def _manners(dialect: str, statement_s: float) -> dict[str, Any]:
    """What we ask of each connection, where a database can be asked: to stop us, should we be a burden."""
    if dialect != "postgresql":
        return {}
    ms = str(round(statement_s * 1000))
    return {
        "timeout": statement_s,
        "prepared_statement_cache_size": 0,  # or a view that was changed could not be read on this connection
        "statement_cache_size": 0,
        "server_settings": {
            "application_name": "ascbridge",
            "default_transaction_read_only": "on",
            "statement_timeout": ms,
            "lock_timeout": ms,
            "idle_in_transaction_session_timeout": ms,
            "timezone": "UTC",
        },
    }


def _meaning(fault: BaseException) -> str:
    """What a fault is by its SQLSTATE (ISO/IEC 9075), else by its name."""
    told = fault.orig if isinstance(fault, DBAPIError) else fault
    state = str(getattr(told, "sqlstate", None) or "")
    for code in (state, state[:2]):
        if code in _MEANINGS:
            return _MEANINGS[code]
    if isinstance(fault, OSError):
        return "it cannot be reached"
    return f"{type(told).__name__} {state}".strip()


def missing_columns(found: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Which of the columns that the profile names a table lacks."""
    there = set(found)
    return [name for name in dict.fromkeys(wanted) if name not in there]
