"""The tables of feed profiles that were changed without a restart: their texts, and which held from when."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table

from ascbridge.storage.table_columns import bridge, moment, words

profile_version = Table(
    "profile_version",  # one text of a feed's profile: who asked, who signed, what became of it; never deleted
    bridge,
    Column("feed", String, primary_key=True),
    Column("number", Integer, primary_key=True),  # 0 is the file of the settings, which has no row
    words("body"),  # the profile as TOML; names nobody
    words("sha256"),  # of the text before its signature, as `ascbridge profile` prints it
    words("over"),  # by what the feed was read when this was asked for: what it was compared with
    words("said"),  # what it would do, as it was when it was asked for
    words("why"),
    words("made_by"),
    words("made_in"),  # the sign-in that asked: the same one may not sign
    moment("made_ms"),
    words("state"),  # asked | signed | refused
    words("decided_by"),
    words("decided_why"),
    moment("decided_ms", null=True),
)

profile_activation = Table(
    "profile_activation",  # from when a version of a feed's profile holds; the last that has begun does; never deleted
    bridge,
    Column("feed", String, primary_key=True),
    Column("from_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),  # 0: the file of the settings again
    words("who"),
    words("why"),
    moment("made_ms"),
)
