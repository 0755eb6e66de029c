"""The table of what people changed in messages that could not be read as they came."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, String, Table, text

from ascbridge.storage.table_columns import bridge, moment, words

_IN_FORCE = text("state = 'in force'")

mending = Table(
    "mending",  # a message as somebody changed it, beside the original, which stays; never deleted
    bridge,
    Column("mending_id", String, primary_key=True),
    words("message_id"),
    words("dead_id"),
    words("feed"),
    words("key_id"),  # the data key that seals the original: erasing it makes both unreadable
    Column("body", LargeBinary, nullable=False),
    words("places"),  # where it differs from the original, separated by spaces: no content
    words("about_whom"),  # those of the places that say whom it is about: then a second person must agree
    Column("foreseen", LargeBinary, nullable=False),  # what the dry-run said, JSON: no content
    moment("foreseen_ms"),
    words("why"),
    words("made_by"),
    words("made_in"),  # the sign-in that made it: the same one may not agree, whatever name it goes by
    moment("made_ms"),
    words("state"),  # asked | in force | taken back | refused
    words("decided_by"),  # who had it take effect, or refused it
    words("decided_why"),
    moment("decided_ms", null=True),
    Index("mending_by_message", "message_id"),
    Index("mending_by_letter", "dead_id"),
    Index("mending_in_force", "message_id", sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE, unique=True),
)
