"""Tables of what people do about messages that were given up on: what they changed, and what they send again."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, text

from ascbridge.storage.table_columns import bridge, moment, words

_IN_FORCE = text("state = 'in force'")
_WANTS_KEYS = text("wants_keys = 1")

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
    Column("wants_keys", Integer, nullable=False, server_default="0"),  # whom it names has no key yet
    Index("mending_wants_keys", "mending_id", sqlite_where=_WANTS_KEYS, postgresql_where=_WANTS_KEYS),
    Index("mending_by_message", "message_id"),
    Index("mending_by_letter", "dead_id"),
    Index("mending_in_force", "message_id", sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE, unique=True),
)

replay_run = Table(
    "replay_run",  # many dead letters that are sent again because somebody asked for it, and how far that is
    bridge,
    Column("run_id", String, primary_key=True),
    Column(
        "about", LargeBinary, nullable=False
    ),  # JSON: of which reader, cause and feed, or of which messages
    words("state"),  # running | paused | done | stopped
    Column("per_second", Integer, nullable=False),
    Column("letters", BigInteger, nullable=False),  # how many there were when it began
    Column("sent", BigInteger, nullable=False, server_default="0"),
    words("asked_by"),
    words("role"),
    words("why"),
    moment("begun_ms"),  # what is given up later is not in it, so that it ends
    moment("changed_ms"),
)
