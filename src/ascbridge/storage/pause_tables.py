"""Tables of what somebody stopped on purpose, and of what waits for it to go on."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, text

from ascbridge.storage.table_columns import Big, bridge, moment, words

_OPEN = text("ended_ms IS NULL")

pause = Table(
    "pause",  # every pause and drain there ever was; one that goes on has no end
    bridge,
    Column("number", Big, primary_key=True, autoincrement=True),
    words("kind"),  # feed | sink | family
    words("name"),
    words("mode"),  # pause | drain
    moment("since_ms"),
    words("who"),
    words("role"),
    words("why"),
    words("ring"),  # whom to ring about it, as the one who stopped it wrote
    moment("ended_ms", null=True),
    words("ended_by"),
    words("ended_why"),
    Index("pause_open", "kind", "name", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

set_aside = Table(
    "set_aside",  # what a reader came to while its feed or family was paused: it is worked off in order afterwards
    bridge,
    Column("consumer", String, primary_key=True),
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    words("kind"),  # feed | family
    words("name"),
    words("lane"),
    words("headers"),
    Column("value", LargeBinary, nullable=False),
    moment("time_ms"),
    Index("set_aside_by_lane", "consumer", "lane"),
    Index("set_aside_by_name", "kind", "name", "lane"),
    Index("set_aside_in_order", "consumer", "name", "topic", "partition", "offset"),
)
