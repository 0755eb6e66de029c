"""Sends again, or gives up, by a person's decision. Each step is taken in one transaction with its audit
entry.

A dead letter goes back to the head of its person's line, so what came later about that person waits for it
and nobody else does. Sending the same one twice is harmless: effects carry their cause.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ascbridge.events.handlers import dead_letters, holds
from ascbridge.events.ledgers import audit
from ascbridge.operations.flowing import held_and_dead

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.events.ledgers.audit import AuditEntry


def send_again(connection: Connection, dead_id: str, who: AuditEntry, now_ms: int) -> None:
    """Put one dead letter back into its person's line. Raises `dead_letters.NoDeadLetter` where it is not
    open any more.
    """
    dead_letters.replay(connection, dead_id, now_ms)
    audit.record(
        connection, replace(who, what="dead letter sent again", whom=f"dead-letter:{dead_id}"), now_ms
    )


def give_up(connection: Connection, dead_id: str, who: AuditEntry, now_ms: int) -> None:
    """Close a dead letter that is not to be sent again; `who.why` says why. Raises
    `dead_letters.NoDeadLetter`.
    """
    dead_letters.dismiss(connection, dead_id, now_ms)
    audit.record(
        connection, replace(who, what="dead letter dismissed", whom=f"dead-letter:{dead_id}"), now_ms
    )


def try_held_now(connection: Connection, consumer: str, cause: str, who: AuditEntry, now_ms: int) -> int:
    """Let everybody who is held for one cause be tried at once; return how many people that are."""
    lanes = held_and_dead.held_people(connection, consumer, cause)
    tried = sum(holds.retry_now(connection, consumer, lane, now_ms) for lane in lanes)
    audit.record(
        connection, replace(who, what="held people tried again", whom=consumer, result=str(tried)), now_ms
    )
    return tried
