"""One at a time: two writers that could each miss what the other is about to write take turns.

SQLite has one writer, so nothing is needed there. On PostgreSQL these are advisory locks, held until the
transaction ends; those of one call are taken in one order, so that two batches cannot wait for one another.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

_LOCK = text(
    "SELECT pg_advisory_xact_lock(n) "
    "FROM unnest(CAST(:names AS bigint[])) WITH ORDINALITY AS t(n, i) ORDER BY i"
)


def take(connection: Connection, names: Iterable[str]) -> bool:
    """Wait for the turn of each name. Return whether somebody else may have written meanwhile."""
    if connection.dialect.name != "postgresql":
        return False
    numbers = sorted({_number(name) for name in names})
    if not numbers:
        return False
    connection.execute(_LOCK, {"names": numbers})
    return True


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
