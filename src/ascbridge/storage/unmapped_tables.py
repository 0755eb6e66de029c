"""Tables of what feeds send that nothing here uses: counted thing by thing, with a shape and never a value."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table

from ascbridge.storage.table_columns import bridge, kept, moment, words

unmapped = Table(
    "unmapped",  # what was in messages that were understood, and was not read; at most so many of a feed
    bridge,
    Column("feed", String, primary_key=True),
    Column("kind", String, primary_key=True),  # segment | field | component | member | code | trigger | more
    Column("place", String, primary_key=True),  # PV2-3, $.package.colour, or a list and its code
    Column("n", BigInteger, nullable=False, server_default="0"),
    words("sample"),  # the shape of the first one
    moment("first_ms"),
    moment("last_ms"),
)

unread_column = Table(
    "unread_column",  # columns of files and tables that the feed's profile does not name
    kept,
    Column("feed", String, primary_key=True),
    Column("kind", String, primary_key=True),  # column | more
    Column("place", String, primary_key=True),  # the column, and of which files or table
    Column("n", BigInteger, nullable=False, server_default="0"),
    words("sample"),
    moment("first_ms"),
    moment("last_ms"),
)

extract_fault = Table(
    "extract_fault",  # what was wrong with the columns of the newest file of each kind
    kept,
    Column("feed", String, primary_key=True),
    Column("files", String, primary_key=True),  # the pattern of their names
    words("kind"),  # missing | unreadable
    Column("n", BigInteger, nullable=False),
    moment("last_ms"),
)
