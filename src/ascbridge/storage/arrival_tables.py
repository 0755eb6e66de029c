"""Tables of how much feeds send: what is usual is known from them. Nothing in them names a person."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table

from ascbridge.storage.table_columns import bridge, moment

arrival_count = Table(
    "arrival_count",  # kept messages by feed, five minutes and kind; kind is empty for all together
    bridge,
    Column("feed", String, primary_key=True),
    Column("slot_ms", BigInteger, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("n", Integer, nullable=False),
    moment("last_ms"),
)

arrival_read = Table(
    "arrival_read",  # one row: up to which message they are counted
    bridge,
    Column("id", Integer, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

feed_quiet = Table(
    "feed_quiet",  # what was quiet as it never is, at the last look
    bridge,
    Column("feed", String, primary_key=True),
    Column("kind", String, primary_key=True),
    moment("since_ms"),
    Column("usual", Integer, nullable=False),  # how many messages come by now in other weeks
)
