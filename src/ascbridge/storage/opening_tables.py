"""Tables of who may open whom, and looked: openings without a relationship, contacts that make one, last looks."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, String, Table, text

from ascbridge.storage.table_columns import bridge, moment, words

_WAITS, _REVIEWED = text("outcome = ''"), text("outcome <> ''")

opening = Table(
    "opening",  # a record opened without a relationship: by whom, why, until when, and what came of looking at that
    bridge,
    Column("opening_id", String, primary_key=True),
    *map(words, ("person_id", "who", "role", "organisation", "sign_in", "reason")),
    Column("sealed", LargeBinary, nullable=True),  # why, in the reader's own words
    words("key_id"),
    moment("at_ms"),
    moment("until_ms"),
    moment("due_ms"),  # by when somebody is to have looked at it
    *map(words, ("outcome", "reviewed_by")),  # outcome: empty while it waits | proper | talk | passed-on
    Column("review_sealed", LargeBinary, nullable=True),
    words("review_key_id"),
    moment("reviewed_ms", null=True),
    Index("opening_by_reader", "person_id", "who", "until_ms"),
    Index("opening_waiting", "due_ms", sqlite_where=_WAITS, postgresql_where=_WAITS),
    Index("opening_reviewed", "reviewed_ms", sqlite_where=_REVIEWED, postgresql_where=_REVIEWED),
)

duty_contact = Table(
    "duty_contact",  # somebody got in touch about a person: whoever took it may open the record until their shift ends
    bridge,
    Column("contact_id", String, primary_key=True),
    *map(words, ("person_id", "who", "role", "sign_in", "caller")),
    Column("sealed", LargeBinary, nullable=True),  # who it was, and what about
    words("key_id"),
    moment("at_ms"),
    moment("until_ms"),
    Index("duty_contact_by_reader", "person_id", "who", "until_ms"),
)

last_look = Table(
    "last_look",  # when a reader last looked at a person, and when before that; nothing of what they saw
    bridge,
    Column("reader", String, primary_key=True),
    Column("person_id", String, primary_key=True),
    moment("seen_ms"),
    moment("before_ms", null=True),
)

record_link = Table(
    "record_link",  # a link by which a case system opens one person's record: for whom, and whether it was used
    bridge,
    Column("link", String, primary_key=True),  # keyed hash of the code in its address
    *map(words, ("person_id", "made_by")),
    moment("made_ms"),
    moment("until_ms"),
    moment("used_ms", null=True),
    Index("record_link_by_end", "until_ms"),
)
