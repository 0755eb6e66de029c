"""Tables of what hospitals are told, and of who is told since when."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, text

from ascbridge.storage.table_columns import bridge, moment, words

reply = Table(
    "reply",  # one row for each thing that a hospital is told; who it is about is looked up when it is sent
    bridge,
    Column("reply_id", String, primary_key=True),
    words("receiver"),
    words("task_id"),
    words("spell_key"),
    words("subject"),
    words("progress"),  # received | accepted | rejected | allocated | planned | closed
    words("reason"),
    words("owner_team"),
    moment("since_ms"),
    moment("due_ms", null=True),
    words("control_id"),  # MSH-10, the same at each try
    words("state"),  # waiting | acknowledged | refused | given-up | needless
    words("note"),  # the last answer's code or what went wrong, without personal data
    Column("tries", Integer, nullable=False, server_default="0"),
    moment("queued_ms"),
    moment("next_ms"),
    moment("settled_ms", null=True),
    Index("reply_by_task", "task_id", "queued_ms"),
    Index(
        "reply_waiting", "receiver", "queued_ms",
        sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'"),
    ),
    Index(
        "reply_in_trouble", "settled_ms",
        sqlite_where=text("state IN ('refused', 'given-up')"),
        postgresql_where=text("state IN ('refused', 'given-up')"),
    ),
)  # fmt: skip

reply_receiver = Table(
    "reply_receiver",  # from when on each receiver is told: what was before it was set up is not news
    bridge,
    Column("receiver", String, primary_key=True),
    moment("since_ms"),
)
