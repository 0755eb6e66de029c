"""Tables of the log of events, of its readers, of the ledger and of the audit."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, text

from ascbridge.storage.table_columns import Big, bridge, moment, words

_IN_SHADOW = text("shadow = 1")
_TO_PAIR, _OFF = text("state <> 'paired'"), text("verdict IN ('differs', 'missing', 'extra')")
_OPEN, _NOTED, _NO_EFFECT = text("state = 'open'"), text("note <> ''"), text("state = 'no_effect'")
_ALONE = text("verdict IN ('missing', 'extra')")

# -- bridge: events ------------------------------------------------------------------------------------------------

event_log = Table(
    "event_log",  # the log on SQLite; on PostgreSQL the outbox that the relay empties into Kafka
    bridge,
    Column("position", Big, primary_key=True, autoincrement=True),
    words("topic"),
    Column("partition", Integer, nullable=False),
    words("key"),
    words("event_id"),
    moment("time_ms"),
    words("headers"),  # CloudEvents attributes as a JSON object of texts
    Column("value", LargeBinary, nullable=False),
    Index("event_log_by_partition", "topic", "partition", "position"),
    Index("event_log_by_event", "event_id"),
)

position = Table(
    "position",
    bridge,
    Column("consumer", String, primary_key=True),
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False, server_default="0"),
    Column("epoch", BigInteger, nullable=False, server_default="0"),
    words("owner"),
    moment("moved_ms"),
)

sink_count = Table(
    "sink_count",  # how much each process has brought to each sink, and when the last of it
    bridge,
    Column("sink", String, primary_key=True),
    Column("writer", String, primary_key=True),
    Column("n", BigInteger, nullable=False, server_default="0"),
    moment("last_ms"),
)

log_floor = Table(
    "log_floor",  # the first offset that pruning left of each partition of the log on SQLite
    bridge,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("first_offset", BigInteger, nullable=False),
    moment("pruned_ms"),
)

held = Table(
    "held",  # a lane whose head failed: later events of that lane wait behind it
    bridge,
    Column("consumer", String, primary_key=True),
    Column("lane", String, primary_key=True),
    words("topic"),  # the head: the record in `parked` that failed
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    words("cause"),
    moment("since_ms"),
    Column("tries", Integer, nullable=False, server_default="1"),
    moment("next_try_ms"),
)

parked = Table(
    "parked",
    bridge,
    Column("consumer", String, primary_key=True),
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    words("lane"),
    words("event_id"),
    words("message_id"),
    words("headers"),
    Column("value", LargeBinary, nullable=False),
    moment("time_ms"),
    moment("parked_ms"),
    Index("parked_by_lane", "consumer", "lane"),
    Index("parked_by_message", "message_id"),
)

dead_letter = Table(
    "dead_letter",
    bridge,
    Column("dead_id", String, primary_key=True),
    words("consumer"),
    words("topic"),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    words("lane"),
    words("event_id"),
    words("message_id"),
    words("cause"),  # what is wrong, where, and what to do: no personal data
    words("headers"),
    Column("value", LargeBinary, nullable=False),
    moment("dead_ms"),
    words("state"),  # open | replayed | dismissed | mended
    moment("closed_ms", null=True),
    Index("dead_letter_by_state", "state", "dead_ms"),
    Index("dead_letter_by_message", "message_id"),
    Index("dead_letter_open", "message_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
)

# -- bridge: the ledger ---------------------------------------------------------------------------------------------

message_state = Table(
    "message_state",  # where each kept message stands: the ledger's second half
    bridge,
    Column("message_id", String, primary_key=True),
    words("feed"),
    words("state"),  # waiting | delivered | no_effect | held | parked | dead
    words("note"),  # why it had no effect, or what it waits for
    Column("translation", Integer, nullable=False, server_default="0"),  # how often it was translated again
    moment("kept_ms"),
    moment("changed_ms"),
    # Few have a code that nobody mapped, and those are looked through at every start.
    Index(
        "message_state_not_mapped",
        "message_id",
        sqlite_where=text("substr(note, 1, 12) = 'not mapped: '"),
        postgresql_where=text("substr(note, 1, 12) = 'not mapped: '"),
    ),
    # Of few there is something to say, or nothing came of them: they are found by what is said.
    Index("message_state_noted", "message_id", "note", sqlite_where=_NOTED, postgresql_where=_NOTED),
    Index("message_state_no_effect", "message_id", sqlite_where=_NO_EFFECT, postgresql_where=_NO_EFFECT),
)

ledger_count = Table(
    "ledger_count",
    bridge,
    Column("feed", String, primary_key=True),
    Column("state", String, primary_key=True),
    Column("n", BigInteger, nullable=False, server_default="0"),
)

open_effect = Table(
    "open_effect",  # one row for each event and each reader that has not dealt with it; none left = delivered
    bridge,
    Column("message_id", String, primary_key=True),
    Column("event_id", String, primary_key=True),
    Column("reader", String, primary_key=True),  # a consumer's name, or sink:<name>
    words("subject"),
    Index("open_effect_by_reader", "reader", "subject"),
    Index("open_effect_by_event", "event_id"),
)

history_person = Table(
    "history_person",  # of whom history was told that may not be whole yet: it opens no work until it is
    bridge,
    Column("patient_key", String, primary_key=True),
    moment("before_ms"),  # what was recorded before it opens none
)

feed_switch = Table(
    "feed_switch",  # which of two case systems is heard, event type by event type: every switch ever made
    bridge,
    Column("number", Big, primary_key=True, autoincrement=True),
    words("event_type"),  # without prefix: care.review-stated.v1
    words("live"),  # the feed that is heard from then on
    words("other"),  # the feed that is not
    moment("at_ms"),
    words("who"),
    words("role"),
    words("why"),
    words("against"),  # what stood against it, where it was done all the same
)

crosswalk = Table(
    "crosswalk",  # under which id of ours a thing, or a person, of a case system is known
    bridge,
    Column("feed", String, primary_key=True),
    Column("kind", String, primary_key=True),  # person | review | package...
    Column("theirs", String, primary_key=True),  # of a person the patient key of its number
    words("ours"),
    words(
        "source"
    ),  # file | accepted | heard: new with this system, and so known under a name made of its own
    words("who"),
    moment("at_ms"),
    Index("crosswalk_by_ours", "ours"),
    Index("crosswalk_by_theirs", "theirs"),
)

feed_word = Table(
    "feed_word",  # the last that each feed of a cut-over said of each thing, heard or not, in its own ids
    bridge,
    Column("feed", String, primary_key=True),
    Column("patient_key", String, primary_key=True),
    Column("slot", String, primary_key=True),  # person | death | known | package:<id>...
    words("event_type"),
    words("stamp"),
    Column("value", LargeBinary, nullable=False),  # the open part, less what a wall withholds
    words("sealed_digest"),  # keyed hash of the sealed part, for comparing without opening
    words("message_id"),
    Column("shadow", Integer, nullable=False, server_default="0"),
    moment("heard_ms"),  # the order in which the last word that was heard stands: its time, and its sequence
    Column("heard_sequence", BigInteger, nullable=False, server_default="0"),
    moment("kept_ms"),
    Column("turn", BigInteger, nullable=False, server_default="0"),  # rises with each batch that writes words
    Index("feed_word_by_patient", "patient_key"),
    Index("feed_word_by_turn", "turn"),
    Index("feed_word_by_message", "message_id"),
    Index("feed_word_in_shadow", "kept_ms", sqlite_where=_IN_SHADOW, postgresql_where=_IN_SHADOW),
)

feed_person = Table(
    "feed_person",  # what of each feed's people may be compared without knowing it
    bridge,
    Column("feed", String, primary_key=True),
    Column("patient_key", String, primary_key=True),
    words("nhs_lookup"),
    words("other_lookup"),  # another number that this feed said of the same person before
    words("number_state"),
    words("birth_lookup"),
    Column("addressed", Integer, nullable=False, server_default="0"),
    words("stamp"),
    Index("feed_person_by_number", "nhs_lookup"),
)

said_event = Table(
    "said_event",  # each event that one of two case systems told, heard or not, and what it is paired with
    bridge,
    Column("event_id", String, primary_key=True),
    words("message_id"),
    words("feed"),
    words("event_type"),
    words("patient_key"),  # and the slot: in the feed's own ids
    words("slot"),
    moment("at_ms"),  # when the system says that it was recorded
    moment("kept_ms"),
    words("stamp"),
    Column("value", LargeBinary, nullable=False),  # the open part, less what a wall withholds
    words("sealed_digest"),  # keyed hash of the sealed part, for comparing without opening
    words("state"),  # waiting | paired | gone: its message was understood anew and does not tell it any more
    words("strand"),  # what it is paired within: event type, person and keys by the rules
    words(
        "verdict"
    ),  # agree | differs | missing | extra; partner of one of these; again: nothing new is said
    words("partner"),  # event id
    words("fields"),  # that differ, by spaces
    Column("put_right", Integer, nullable=False, server_default="0"),  # since then both said the same again
    words("day"),  # of Coventry, on which it counts
    Column("due_ms", BigInteger, nullable=False, server_default="0"),  # until when a partner may come
    Index("said_event_by_message", "message_id"),
    Index("said_event_by_patient", "patient_key", "event_id"),
    Index("said_event_by_strand", "strand"),
    Index("said_event_by_age", "kept_ms", "event_id"),
    Index("said_event_waiting", "patient_key", "event_id", sqlite_where=_TO_PAIR, postgresql_where=_TO_PAIR),
    Index("said_event_off", "day", "event_id", sqlite_where=_OFF, postgresql_where=_OFF),
    Index(
        "said_event_off_by_type", "event_type", "day", "event_id", sqlite_where=_OFF, postgresql_where=_OFF
    ),
    Index("said_event_due", "due_ms", sqlite_where=_ALONE, postgresql_where=_ALONE),
)

pair_count = Table(
    "pair_count",  # by day and event type, how many events of two case systems agree, differ, are missing or extra
    bridge,
    Column("pair", String, primary_key=True),  # the old feed and the new one
    Column("day", String, primary_key=True),  # of Coventry: 2026-11-22
    Column("event_type", String, primary_key=True),
    Column("verdict", String, primary_key=True),
    Column("put_right", Integer, primary_key=True),
    Column("n", BigInteger, nullable=False, server_default="0"),
)

pairing_round = Table(
    "pairing_round",  # how far all events are paired anew, because rules or the crosswalk changed
    bridge,
    Column("pair", String, primary_key=True),
    words("rules"),  # digest of those by which events are paired
    Column(
        "after", String, nullable=True
    ),  # the patient key and event id that were looked at last; null: all were
)

comparison = Table(
    "comparison",  # two case systems compared, some people after others: how far it has got, and what came of it
    bridge,
    Column("pair", String, primary_key=True),  # the old feed and the new one
    words("rules"),  # digest of those by which they are compared
    words("after"),  # the patient key that was compared last
    Column("looked", BigInteger, nullable=False, server_default="0"),  # people, by their systems' own keys
    moment("began_ms"),
    moment("ended_ms", null=True),
    Column("found", LargeBinary, nullable=False),  # counts and opaque places, nothing that a field says
)

applied_word = Table(
    "applied_word",  # what was said in shadow and is to be heard all the same, because somebody said so
    bridge,
    Column("message_id", String, primary_key=True),
    Column("event_type", String, primary_key=True),
    words("state"),  # waiting | done
    words("who"),
    words("why"),
    moment("at_ms"),
    Index("applied_word_by_state", "state"),
)


# -- bridge: trust ---------------------------------------------------------------------------------------------------

audit = Table(
    "audit",
    bridge,
    Column("position", Big, primary_key=True, autoincrement=True),
    words("writer"),
    words("day"),
    moment("at_ms"),
    words("who"),
    words("role"),
    words("what"),
    words("whom"),  # a person id or patient key, never a name
    words("why"),
    words("where_from"),
    words("result"),
    words("previous"),
    words("chain"),
    Index("audit_by_whom", "whom", "at_ms"),
    Index("audit_by_day", "writer", "day", "position"),
    Index("audit_by_who", "who", "position"),
    Index("audit_by_date", "day", "position"),
)
