"""Tables of what arrived, as it came, and of who is behind an opaque key (groups *kept* and *keys*)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, text

from ascbridge.storage.table_columns import Big, kept, keys, moment, words

_REFUSED = text("outcome = 'refused'")

# -- kept: what arrived, as it came ------------------------------------------------------------------------------

message = Table(
    "message",
    kept,
    Column("position", Big, primary_key=True, autoincrement=True),
    Column("message_id", String, nullable=False, unique=True),
    words("feed"),
    words("lane"),  # the key that orders it: patient key, else the key of a visit, NHS number or control id
    moment("received_ms"),
    words("control_id"),
    words("trigger"),
    words("outcome"),  # kept | refused
    words("reason"),  # why refused, in words for the sender
    words("flags"),  # space-separated observations, e.g. control_id_reused charset_guessed
    words("key_id"),
    Column("body", LargeBinary, nullable=False),  # sealed with the lane's data key
    Column("answer", LargeBinary, nullable=False),  # the acknowledgment as it was sent
    words("answer_code"),
    Column("repeats", Integer, nullable=False, server_default="0"),
    Column("translation", Integer, nullable=False, server_default="0"),
    words("mends"),  # the message id that this one replaces, when an engineer sent it again
    Index("message_by_control", "feed", "control_id"),
    # Everything about one patient, three days at a time (ids lead with their time): an index led by the patient would
    # have each message change a page anywhere in it, and the answers wait while those pages are written.
    Index("message_by_lane", text("substr(message_id, 1, 5)"), "lane", "message_id"),
    Index("message_by_type", "feed", "trigger", "message_id"),
    Index("message_refused", "message_id", "reason", sqlite_where=_REFUSED, postgresql_where=_REFUSED),
)

answer_left = Table(
    "answer_left",  # when the answers to what was kept at one moment had left, written with the next that is kept
    kept,
    Column("received_ms", Big, primary_key=True, autoincrement=False),
    words("feed"),
    moment("left_ms"),
)

number_gap = Table(
    "number_gap",  # numbers that a feed gave to messages that never came
    kept,
    Column("feed", String, primary_key=True),
    Column("first_id", String, primary_key=True),  # a control id, or MSH-13 and its number
    words("last_id"),
    Column("n", BigInteger, nullable=False),
    moment("since_ms"),
    moment("noticed_ms"),
    Index("number_gap_noticed", "noticed_ms"),
)

resend = Table(
    "resend",  # what makes a retransmission recognisable within the resend window
    kept,
    Column("feed", String, primary_key=True),
    Column("digest", String, primary_key=True),  # keyed hash of control id and content, MSH-7 apart
    words("message_id"),
    moment("received_ms"),
    Index("resend_by_age", "received_ms"),
)

control_id_seen = Table(
    "control_id_seen",  # counts identical refusals, and notices a control id that comes back with other content
    kept,
    Column("feed", String, primary_key=True),
    Column("control_id", String, primary_key=True),
    words("digest"),
    Column("times", Integer, nullable=False, server_default="1"),
    moment("last_ms"),
)

intake_count = Table(
    "intake_count",  # the ledger's first half: received = refused + duplicate + kept
    kept,
    Column("feed", String, primary_key=True),
    Column("name", String, primary_key=True),  # received | refused | duplicate | kept
    Column("n", BigInteger, nullable=False, server_default="0"),
)

feed_heard = Table(
    "feed_heard",  # when each feed last spoke
    kept,
    Column("feed", String, primary_key=True),
    moment("last_ms"),
    words("last_control_id"),
)

fetched_file = Table(
    "fetched_file",  # what became of each file of another system's folder, so that none is fetched twice
    kept,
    Column("remote", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    moment("modified_ms"),
    words("stage"),  # landed | taken | settled
    words("reports"),  # what came of it, by name below the folder; one a line
    moment("seen_ms"),
)

polled_table = Table(
    "polled_table",  # how far each table of a council's database was read
    kept,
    Column("feed", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column(
        "moves", BigInteger, nullable=False, server_default="0"
    ),  # grows with each write: one reader at a time
    words("follows"),  # the kind and column of changes that the next two are of
    words("since"),  # where the next reading begins: below it nothing is new
    words("reached"),  # how far the reading under way has got; empty between two
    words("upto"),  # where the one after it begins
    words("profile"),  # SHA-256 of the profile by which its rows were last read through
    moment("swept_ms", null=True),
)

polled_sweep = Table(
    "polled_sweep",  # how far a reading of the whole table has got, while one is under way
    kept,
    Column("feed", String, primary_key=True),
    Column("name", String, primary_key=True),
    words("profile"),  # SHA-256 of the profile by which it reads
    moment("began_ms"),
    Column("last_position", BigInteger, nullable=False),  # of the rows known when it began
    Column("after", LargeBinary, nullable=False),  # the key of the row it has got to, sealed
    Column("seen", LargeBinary, nullable=False),  # one bit for each row, deflated
)

polled_row = Table(
    "polled_row",  # what was last kept of each row, so that the same again is known for ever
    kept,
    Column("position", Big, primary_key=True, autoincrement=True),
    words("feed"),
    words("name"),
    words("row_key"),  # keyed hash of the row's key
    words("digest"),  # keyed hash of what it states
    Column("recorded_ms", BigInteger, nullable=False, server_default="0"),
    words("message_id"),
    moment("gone_ms", null=True),  # when a sweep no longer found it
    Index("polled_row_by_key", "feed", "name", "row_key", unique=True),
)

history_file = Table(
    "history_file",  # how far each file of history was read: written with the lines themselves
    kept,
    Column("feed", String, primary_key=True),
    Column("name", String, primary_key=True),
    words("identity"),  # size and time of change: another file of that name is another file
    Column(
        "lines", BigInteger, nullable=False, server_default="0"
    ),  # read so far, by their number in the file
    Column("kept", BigInteger, nullable=False, server_default="0"),
    Column("duplicate", BigInteger, nullable=False, server_default="0"),
    Column("refused", BigInteger, nullable=False, server_default="0"),
    moment("began_ms"),
    moment("changed_ms"),
    moment("ended_ms", null=True),
)

# -- keys: who is behind an opaque key, and the keys that seal what is known about them ----------------------------

identity = Table(
    "identity",
    keys,
    Column("lookup", String, primary_key=True),  # keyed hash of kind, authority and value
    words("kind"),  # patient | spell | lane
    Column("key", String, nullable=False, unique=True),
    words("authority"),
    Column("hash_version", Integer, nullable=False, server_default="1"),
    moment("created_ms"),
)

data_key = Table(
    "data_key",
    keys,
    Column("key_id", String, primary_key=True),
    words("owner_key"),  # the patient or lane key whose facts it seals
    Column("wrapped", LargeBinary, nullable=True),  # null once erased
    moment("created_ms"),
    moment("erased_ms", null=True),
    Index("data_key_by_owner", "owner_key"),
)
