"""Writes down what left for somebody else's record: one audit entry a person and push, whatever came of it.

What the server refused, or took without an answer, was shown to it all the same. The built-in store is our own: who
reads it is written down as a reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.ledgers.audit import AuditEntry, record_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.record.settling import Result

ROLE = "record-server"
WHAT = "sent to a shared record"


def write_down(
    connection: Connection, writer: str, sink: str, results: Sequence[Result], now_ms: int
) -> None:
    """Write an entry for each person of whom something went to the sink."""
    told = [
        AuditEntry(
            writer, sink, ROLE, WHAT, unit.taken.person_id, "publishing",
            result=f"{outcome.told}, {sum(not send.held for send in unit.sends)} resources",
        )
        for unit, outcome in results
        if unit.taken and outcome.told and any(not send.held for send in unit.sends)
    ]  # fmt: skip
    record_all(connection, told, now_ms)
