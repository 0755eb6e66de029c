"""Tables of alerts: what is wrong, who knows of it, what is sent about it, and when nobody wants to hear. No person."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, text

from ascbridge.storage.table_columns import Big, bridge, moment, words

_OPEN = text("over_ms IS NULL")
_UNSENT = text("sent_ms IS NULL")

alert = Table(
    "alert",  # one trouble of one thing, from when it was seen until it was over
    bridge,
    Column("number", Big, primary_key=True, autoincrement=True),
    words("cause"),  # a word of alerts.causes
    words("about"),  # kind:name, as feed:itk-v24
    words("text"),
    moment("since_ms"),
    moment("seen_ms"),
    Column("step", Integer, nullable=False, server_default="0"),  # how many of those to tell were told
    moment("told_ms", null=True),  # the last time somebody was
    moment("acknowledged_ms", null=True),
    words("acknowledged_by"),
    words("acknowledged_why"),
    moment("over_ms", null=True),
    words("late"),  # how many people's news came late, by team, once it was over (JSON); never who
    Index("alert_open", "cause", "about", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("alert_over", "over_ms"),
)

alert_post = Table(
    "alert_post",  # what is sent about alerts, written with them, so that it is sent though we are killed
    bridge,
    Column("number", Big, primary_key=True, autoincrement=True),
    words("route"),  # mail | webhook
    words("goes_to"),  # addresses, or the webhook's name
    words("subject"),
    words("text"),
    moment("made_ms"),
    moment("next_ms"),
    Column("tries", Integer, nullable=False, server_default="0"),
    words("fault"),
    moment("sent_ms", null=True),
    Index("alert_post_unsent", "next_ms", sqlite_where=_UNSENT, postgresql_where=_UNSENT),
    Index("alert_post_made", "made_ms"),
)

maintenance = Table(
    "maintenance",  # when somebody works on something, and nobody is written to about it
    bridge,
    Column("number", Big, primary_key=True, autoincrement=True),
    words("about"),  # kind:name, or all
    moment("from_ms"),
    moment("until_ms"),
    words("why"),
    words("who"),
    moment("ended_ms", null=True),
    words("ended_by"),
    Index("maintenance_until", "until_ms"),
)

part_trouble = Table(
    "part_trouble",  # on many machines: what each process says is wrong with its parts
    bridge,
    Column("member", String, primary_key=True),
    Column("part", String, primary_key=True),
    words("text"),
    Column("seen_ms", BigInteger, nullable=False),
)
