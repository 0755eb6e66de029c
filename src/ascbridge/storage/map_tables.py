"""The table of rows that people added to feeds' code maps, over what the feed's file says."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from ascbridge.storage.table_columns import bridge, moment, words

map_version = Table(
    "map_version",  # one row more in the code map of one feed: who asked, who signed, what became of it; never deleted
    bridge,
    Column("feed", String, primary_key=True),
    Column("number", Integer, primary_key=True),  # the version of this feed's map
    words("name"),  # of the list: discharge_method
    words("sent"),
    words("meant"),
    words("sha256"),  # of the whole map as it stands with this row: what was signed
    words("said"),  # what it would do, as it was when it was asked for
    words("why"),
    words("made_by"),
    words("made_in"),  # the sign-in that asked: the same one may not sign
    moment("made_ms"),
    words("state"),  # asked | in force | taken back | refused
    words("decided_by"),
    words("decided_why"),
    moment("decided_ms", null=True),
    Column(
        "shadow", String, nullable=False, server_default=""
    ),  # from which it was asked for; empty: by itself
)

code_rereading = Table(
    "code_rereading",  # codes of a feed mean something else from a moment on: what was read before is read again
    bridge,
    Column("feed", String, primary_key=True),
    Column("at_ms", BigInteger, primary_key=True),
    moment("since_ms"),  # what was received before is not read again
    words("what"),  # code map 3 | profile 2
    Column("codes", Text, nullable=False),  # the feed's whole map of before, as JSON
    words("after"),  # the last message that was looked at
    Column("looked", Integer, nullable=False),
    Column("again", Integer, nullable=False),  # so many of them were read again
    words("state"),  # waiting | done
)
