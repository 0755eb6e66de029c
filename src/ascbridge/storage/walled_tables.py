"""Tables behind the safeguarding wall: in a file of their own on SQLite, in a schema of their own on PostgreSQL.

Log, audit and data keys stand here once more under the names that they have elsewhere, so that the same
code works on either side; which side it works on follows from the database that it is given, and no database of the
bridge reaches in here. What a concern says is sealed whole: open are opaque keys, the team, the state and times.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, UniqueConstraint, text

from ascbridge.storage.event_tables import audit, event_log
from ascbridge.storage.kept_tables import data_key
from ascbridge.storage.table_columns import moment, words

walled = MetaData()

for _same in (event_log, audit, data_key):
    _same.to_metadata(walled)

_OPEN = text("closed_ms IS NULL")
concern = Table(
    "concern",  # one safeguarding concern, and what became of it
    walled,
    Column("concern_id", String, primary_key=True),
    Column(
        "reference", String, nullable=False, unique=True
    ),  # what its sender was told; nothing follows from it
    words("subject_key"),  # the adult: opaque, and of this side of the wall alone
    words("source_lookup"),  # keyed hash of the sender's own number, or of the form that was sent
    words("status"),  # new | accepted | enquiry | closed
    words("team"),
    Column("version", Integer, nullable=False),
    moment("raised_ms"),
    moment("due_ms", null=True),
    moment("closed_ms", null=True),
    Column("sealed", LargeBinary, nullable=False),  # all that it says, JSON
    words("key_id"),
    moment("changed_ms"),
    Index("concern_by_subject", "subject_key", "raised_ms"),
    Index("concern_by_source", "source_lookup"),
    Index("concern_by_closing", "closed_ms"),
    Index("concern_by_change", "changed_ms", "version"),
    Index("concern_open", "team", sqlite_where=_OPEN, postgresql_where=_OPEN),
)

adult = Table(
    "adult",  # under which numbers an adult is known on this side of the wall
    walled,
    Column(
        "lookup", String, primary_key=True
    ),  # keyed hash of an NHS number, a council's number or a person id
    words("subject_key"),
    moment("known_ms"),
    Index("adult_by_subject", "subject_key"),
)

concern_act = Table(
    "concern_act",  # what was done with a concern: each once, never changed
    walled,
    Column("act_id", String, primary_key=True),
    words("concern_id"),
    Column("version", Integer, nullable=False),
    moment("at_ms"),
    Column("sealed", LargeBinary, nullable=False),  # who, in which role, what, and in which words: JSON
    words("key_id"),
    UniqueConstraint("concern_id", "version", name="one_concern_act_a_version"),
)

bare_flag = Table(
    "bare_flag",  # which bare Flag the sink may hold, where a switch lets it hold any
    walled,
    Column(
        "flag_id", String, primary_key=True
    ),  # keyed hash of this side: whose it is, no other side can tell
    words("concern_id"),
    words("state"),  # going | told
    moment("changed_ms"),
)

walled_message = Table(
    "walled_message",  # what came in by a way that may carry safeguarding: kept here and nowhere else
    walled,
    Column("message_id", String, primary_key=True),
    words("way"),  # form | api | file | webhook | desk
    words("digest"),  # keyed hash of its content: a repeat gets the first answer
    words("outcome"),  # taken | refused | dead
    words("cause"),  # why not taken: no personal data
    words("concern_id"),
    words("reference"),
    Column("body", LargeBinary, nullable=False),  # sealed
    words("key_id"),
    moment("received_ms"),
    Index("walled_message_by_digest", "way", "digest", unique=True),
    Index("walled_message_by_outcome", "outcome", "received_ms"),
    Index("walled_message_by_concern", "concern_id"),
)
