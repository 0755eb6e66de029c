"""Tables of the hourly ledger: what each feed's hours came to, chained by hash, and what is missing."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, text

from ascbridge.storage.table_columns import bridge, kept, moment, words

_OPEN = text("gone_ms IS NULL")

intake_hour = Table(
    "intake_hour",  # what came to the door in each hour, counted as it was kept: nothing that follows can change it
    kept,
    Column("feed", String, primary_key=True),
    Column("hour_ms", BigInteger, primary_key=True),
    Column("name", String, primary_key=True),  # received | refused | duplicate | kept
    Column("n", BigInteger, nullable=False, server_default="0"),
    Index("intake_hour_by_time", "hour_ms"),
)

hour_entry = Table(
    "hour_entry",  # one feed's hour as it was closed, or corrected later: written once, never changed
    bridge,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    words("feed"),
    moment("hour_ms"),
    words("kind"),  # closed | correction
    Column(
        "corrects", BigInteger, nullable=False, server_default="0"
    ),  # the number of the entry before of this hour
    moment("sealed_ms"),
    words("counts"),  # JSON: how many, by word
    words("digests"),  # JSON: SHA-256 over the ids that were counted, by word
    words("previous"),
    words("chain"),
    Index("hour_entry_by_hour", "hour_ms", "feed", "number"),
    Index("hour_entry_by_feed", "feed", "hour_ms", "number"),
)

hour_revisit = Table(
    "hour_revisit",  # hours that are to be counted again, because not all of them had come to rest
    bridge,
    Column("hour_ms", BigInteger, primary_key=True),
    moment("next_ms"),
    Index("hour_revisit_by_turn", "next_ms"),
)

missing_effect = Table(
    "missing_effect",  # what the ledger found missing, hop by hop; what came right again has an end
    bridge,
    Column("hop", String, primary_key=True),  # kept | understood | log | read | record | entry
    Column("feed", String, primary_key=True),
    Column("hour_ms", BigInteger, primary_key=True),
    Column("message_id", String, primary_key=True),  # empty where only a count tells of it
    Column("reader", String, primary_key=True),
    words("event_id"),
    moment("kept_ms"),
    Column("n", Integer, nullable=False, server_default="1"),
    moment("found_ms"),
    moment("gone_ms", null=True),
    Index("missing_effect_open", "hour_ms", sqlite_where=_OPEN, postgresql_where=_OPEN),
)
