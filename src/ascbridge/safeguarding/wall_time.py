"""What is forgotten behind the wall when its time is over: events soon, concerns years after they were closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.logs import retention
from ascbridge.events.logs.log import SAFEGUARDING
from ascbridge.safeguarding import concern_store as store
from ascbridge.safeguarding.concern_clocks import months_after

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.safeguarding.vault import Vault

MONTHS_IN_A_YEAR = 12


def forget(connection: Connection, vault: Vault, events_kept_ms: int) -> int:
    """Forget events older than their topic keeps them, and adults whose last concern closed years ago; return how many.

    On PostgreSQL the log is an outbox, and the relay takes its rows.
    """
    now_ms = vault.clock.now_ms()
    if connection.dialect.name == "sqlite":
        retention.prune_unread(connection, SAFEGUARDING, now_ms - events_kept_ms)
    before_ms = months_after(now_ms, -vault.rules.kept.years * MONTHS_IN_A_YEAR)
    return store.forget(connection, vault, before_ms, now_ms)
