"""Every table on one page.

Three groups, so that each SQLite file has one writing process: *kept* (what arrived; written by intake), *keys*
(identities and data keys; written by intake) and *bridge* (everything else; written by work). PostgreSQL holds all
three in one schema. Times are integer UTC epoch milliseconds, bodies are bytes, no dialect types.

`WRITERS` says which package may write which table; a test holds the code to it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

from ascbridge.storage.files import Group

kept = MetaData()
keys = MetaData()
bridge = MetaData()

GROUPS: dict[Group, MetaData] = {"kept": kept, "keys": keys, "bridge": bridge}

Big = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER keys


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, String, nullable=null, server_default=None if null else "")


def _ms(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null)


# -- kept: what arrived, as it came ------------------------------------------------------------------------------

message = Table(
    "message",
    kept,
    Column("position", Big, primary_key=True, autoincrement=True),
    Column("message_id", String, nullable=False, unique=True),
    _text("feed"),
    _text("lane"),  # the key that orders it: patient key, else the key of a visit, NHS number or control id
    _ms("received_ms"),
    _text("control_id"),
    _text("trigger"),
    _text("outcome"),  # kept | refused
    _text("reason"),  # why refused, in words for the sender
    _text("flags"),  # space-separated observations, e.g. control_id_reused charset_guessed
    _text("key_id"),
    Column("body", LargeBinary, nullable=False),  # sealed with the lane's data key
    Column("answer", LargeBinary, nullable=False),  # the acknowledgment as it was sent
    _text("answer_code"),
    Column("repeats", Integer, nullable=False, server_default="0"),
    Column("translation", Integer, nullable=False, server_default="0"),
    _text("mends"),  # the message id that this one replaces, when an engineer sent it again
    Index("message_by_control", "feed", "control_id"),
    Index("message_by_lane", "lane", "position"),
)

resend = Table(
    "resend",  # what makes a retransmission recognisable within the resend window
    kept,
    Column("feed", String, primary_key=True),
    Column("digest", String, primary_key=True),  # keyed hash of control id and content, MSH-7 apart
    _text("message_id"),
    _ms("received_ms"),
    Index("resend_by_age", "received_ms"),
)

control_id_seen = Table(
    "control_id_seen",  # counts identical refusals, and notices a control id that comes back with other content
    kept,
    Column("feed", String, primary_key=True),
    Column("control_id", String, primary_key=True),
    _text("digest"),
    Column("times", Integer, nullable=False, server_default="1"),
    _ms("last_ms"),
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
    _ms("last_ms"),
    _text("last_control_id"),
)

fetched_file = Table(
    "fetched_file",  # what became of each file of another system's folder, so that none is fetched twice
    kept,
    Column("remote", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    _ms("modified_ms"),
    _text("stage"),  # landed | taken | settled
    _text("reports"),  # what came of it, by name below the folder; one a line
    _ms("seen_ms"),
)

polled_table = Table(
    "polled_table",  # how far each table of a council's database was read
    kept,
    Column("feed", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column(
        "moves", BigInteger, nullable=False, server_default="0"
    ),  # grows with each write: one reader at a time
    _text("follows"),  # the kind and column of changes that the next two are of
    _text("since"),  # where the next reading begins: below it nothing is new
    _text("reached"),  # how far the reading under way has got; empty between two
    _text("upto"),  # where the one after it begins
    _text("profile"),  # SHA-256 of the profile by which its rows were last read through
    _ms("swept_ms", null=True),
)

polled_row = Table(
    "polled_row",  # what was last kept of each row, so that the same again is known for ever
    kept,
    Column("position", Big, primary_key=True, autoincrement=True),
    _text("feed"),
    _text("name"),
    _text("row_key"),  # keyed hash of the row's key
    _text("digest"),  # keyed hash of what it states
    Column("recorded_ms", BigInteger, nullable=False, server_default="0"),
    _text("message_id"),
    _ms("gone_ms", null=True),  # when a sweep no longer found it
    Index("polled_row_by_key", "feed", "name", "row_key", unique=True),
)

# -- keys: who is behind an opaque key, and the keys that seal what is known about them ----------------------------

identity = Table(
    "identity",
    keys,
    Column("lookup", String, primary_key=True),  # keyed hash of kind, authority and value
    _text("kind"),  # patient | spell | lane
    Column("key", String, nullable=False, unique=True),
    _text("authority"),
    Column("hash_version", Integer, nullable=False, server_default="1"),
    _ms("created_ms"),
)

data_key = Table(
    "data_key",
    keys,
    Column("key_id", String, primary_key=True),
    _text("owner_key"),  # the patient or lane key whose facts it seals
    Column("wrapped", LargeBinary, nullable=True),  # null once erased
    _ms("created_ms"),
    _ms("erased_ms", null=True),
    Index("data_key_by_owner", "owner_key"),
)

# -- bridge: events ------------------------------------------------------------------------------------------------

event_log = Table(
    "event_log",  # the log on SQLite; on PostgreSQL the outbox that the relay empties into Kafka
    bridge,
    Column("position", Big, primary_key=True, autoincrement=True),
    _text("topic"),
    Column("partition", Integer, nullable=False),
    _text("key"),
    _text("event_id"),
    _ms("time_ms"),
    _text("headers"),  # CloudEvents attributes as a JSON object of texts
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
    _text("owner"),
    _ms("moved_ms"),
)

log_floor = Table(
    "log_floor",  # the first offset that pruning left of each partition of the log on SQLite
    bridge,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("first_offset", BigInteger, nullable=False),
    _ms("pruned_ms"),
)

held = Table(
    "held",  # a lane whose head failed: later events of that lane wait behind it
    bridge,
    Column("consumer", String, primary_key=True),
    Column("lane", String, primary_key=True),
    _text("topic"),  # the head: the record in `parked` that failed
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    _text("cause"),
    _ms("since_ms"),
    Column("tries", Integer, nullable=False, server_default="1"),
    _ms("next_try_ms"),
)

parked = Table(
    "parked",
    bridge,
    Column("consumer", String, primary_key=True),
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    _text("lane"),
    _text("event_id"),
    _text("message_id"),
    _text("headers"),
    Column("value", LargeBinary, nullable=False),
    _ms("time_ms"),
    _ms("parked_ms"),
    Index("parked_by_lane", "consumer", "lane"),
    Index("parked_by_message", "message_id"),
)

dead_letter = Table(
    "dead_letter",
    bridge,
    Column("dead_id", String, primary_key=True),
    _text("consumer"),
    _text("topic"),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    _text("lane"),
    _text("event_id"),
    _text("message_id"),
    _text("cause"),  # what is wrong, where, and what to do: no personal data
    _text("headers"),
    Column("value", LargeBinary, nullable=False),
    _ms("dead_ms"),
    _text("state"),  # open | replayed | dismissed
    _ms("closed_ms", null=True),
    Index("dead_letter_by_state", "state", "dead_ms"),
    Index("dead_letter_by_message", "message_id"),
)

# -- bridge: the ledger ---------------------------------------------------------------------------------------------

message_state = Table(
    "message_state",  # where each kept message stands: the ledger's second half
    bridge,
    Column("message_id", String, primary_key=True),
    _text("feed"),
    _text("state"),  # waiting | delivered | no_effect | held | parked | dead
    _text("note"),  # why it had no effect, or what it waits for
    Column("translation", Integer, nullable=False, server_default="0"),  # how often it was translated again
    _ms("kept_ms"),
    _ms("changed_ms"),
    # Few have a code that nobody mapped, and those are looked through at every start.
    Index(
        "message_state_not_mapped",
        "message_id",
        sqlite_where=text("substr(note, 1, 12) = 'not mapped: '"),
        postgresql_where=text("substr(note, 1, 12) = 'not mapped: '"),
    ),
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
    _text("subject"),
    Index("open_effect_by_reader", "reader", "subject"),
    Index("open_effect_by_event", "event_id"),
)

feed_switch = Table(
    "feed_switch",  # which of two case systems is heard, event type by event type: every switch ever made
    bridge,
    Column("number", Big, primary_key=True, autoincrement=True),
    _text("event_type"),  # without prefix: care.review-stated.v1
    _text("live"),  # the feed that is heard from then on
    _text("other"),  # the feed that is not
    _ms("at_ms"),
    _text("who"),
    _text("role"),
    _text("why"),
    _text("against"),  # what stood against it, where it was done all the same
)

crosswalk = Table(
    "crosswalk",  # under which id of ours a thing, or a person, of a case system is known
    bridge,
    Column("feed", String, primary_key=True),
    Column("kind", String, primary_key=True),  # person | review | package...
    Column("theirs", String, primary_key=True),  # of a person the patient key of its number
    _text("ours"),
    _text(
        "source"
    ),  # file | accepted | heard: new with this system, and so known under a name made of its own
    _text("who"),
    _ms("at_ms"),
    Index("crosswalk_by_ours", "ours"),
)

feed_word = Table(
    "feed_word",  # the last that each feed of a cut-over said of each thing, heard or not, in its own ids
    bridge,
    Column("feed", String, primary_key=True),
    Column("patient_key", String, primary_key=True),
    Column("slot", String, primary_key=True),  # person | death | known | package:<id>...
    _text("event_type"),
    _text("stamp"),
    Column("value", LargeBinary, nullable=False),  # the open part, less what a wall withholds
    _text("sealed_digest"),  # keyed hash of the sealed part, for comparing without opening
    _text("message_id"),
    Column("shadow", Integer, nullable=False, server_default="0"),
    _ms("heard_ms"),  # the order in which the last word that was heard stands: its time, and its sequence
    Column("heard_sequence", BigInteger, nullable=False, server_default="0"),
    _ms("kept_ms"),
    Index("feed_word_by_patient", "patient_key"),
    Index("feed_word_by_message", "message_id"),
)

feed_person = Table(
    "feed_person",  # what of each feed's people may be compared without knowing it
    bridge,
    Column("feed", String, primary_key=True),
    Column("patient_key", String, primary_key=True),
    _text("nhs_lookup"),
    _text("other_lookup"),  # another number that this feed said of the same person before
    _text("number_state"),
    _text("birth_lookup"),
    Column("addressed", Integer, nullable=False, server_default="0"),
    _text("stamp"),
    Index("feed_person_by_number", "nhs_lookup"),
)

applied_word = Table(
    "applied_word",  # what was said in shadow and is to be heard all the same, because somebody said so
    bridge,
    Column("message_id", String, primary_key=True),
    Column("event_type", String, primary_key=True),
    _text("state"),  # waiting | done
    _text("who"),
    _text("why"),
    _ms("at_ms"),
    Index("applied_word_by_state", "state"),
)

# -- bridge: people -------------------------------------------------------------------------------------------------

patient = Table(
    "patient",  # what is known about each patient key, as the last recorded statement of its source has it
    bridge,
    Column("patient_key", String, primary_key=True),
    Column("person_id", String, nullable=False, index=True),
    _text("authority"),
    _text("source_name"),
    _text("nhs_lookup"),  # keyed hash of the NHS number, or empty
    _text("number_state"),
    _text("birth_lookup"),  # keyed hash of the birth date, for comparing without knowing
    Column("restricted", Integer, nullable=False, server_default="0"),
    _text("restriction"),  # local | national
    _text("details"),  # open part of the deciding PatientDetailsRecorded, JSON
    Column("sealed", LargeBinary, nullable=True),  # its sealed part
    _text("sealed_event"),  # the event id that is its associated data
    _text("key_id"),
    _text("stamp"),  # sortable text of the deciding stamp
    Column("died", Integer, nullable=False, server_default="0"),
    _text("died_on"),
    _text("death_stamp"),
    _ms("first_ms"),
    _ms("changed_ms"),
    Index("patient_by_number", "nhs_lookup"),
)

link = Table(
    "link",  # every link statement ever made; the last one for each pair decides
    bridge,
    Column("event_id", String, primary_key=True),
    _text("low"),  # the pair of patient keys, in order
    _text("high"),
    Column("joined", Integer, nullable=False),  # 1 linked, 0 unlinked
    _text("statement"),
    _text("stamp"),
    _ms("said_ms"),
    Index("link_by_low", "low"),
    Index("link_by_high", "high"),
)

quarantine = Table(
    "quarantine",  # NHS numbers that do not check, or that two people seem to share: for a person to settle
    bridge,
    Column("patient_key", String, primary_key=True),
    Column("cause", String, primary_key=True),
    _text("other_key"),
    _text("detail"),
    _ms("since_ms"),
    _text("state"),  # open | settled | decided: a person's word, which stands until the number changes
    _text("number"),  # where decided: the keyed hash of the NHS number that was decided on
    Index("quarantine_by_state", "state", "since_ms"),
)

people_request = Table(
    "people_request",  # what takes two people: asked by one, approved or refused by another
    bridge,
    Column("request_id", String, primary_key=True),
    _text("kind"),  # lift-restriction | erase
    _text("person_id"),
    _text("why"),
    _text("asked_by"),
    _text("asked_in"),  # the sign-in that asked: the same one may not approve, whatever name it goes by
    _ms("asked_ms"),
    _text("state"),  # asked | refused | approved (an erasure, until its keys are gone) | done
    _text("decided_by"),
    _text("decided_why"),
    _ms("decided_ms", null=True),
    _text("patient_keys"),  # of an approved erasure: whose data keys go, separated by spaces
    _ms("done_ms", null=True),
    Index("people_request_by_state", "state", "asked_ms"),
    Index("people_request_by_person", "person_id"),
)

# -- bridge: discharge ----------------------------------------------------------------------------------------------

spell = Table(
    "spell",
    bridge,
    Column("generation", Integer, primary_key=True, server_default="1"),
    Column("spell_key", String, primary_key=True),
    _text("patient_key"),
    _text("person_id"),
    Column("slots", LargeBinary, nullable=False),  # the fold's state, JSON
    Column("view", LargeBinary, nullable=False),  # the folded view, JSON
    Column("revision", Integer, nullable=False, server_default="0"),
    _text("status"),
    _text("decision"),  # the rule that decided last: opens | none | dropped
    Column("explanation", LargeBinary, nullable=False),  # why, JSON
    _text("facility"),
    _text("sealed_event"),
    Column("sealed", LargeBinary, nullable=True),  # the visit number
    _text("key_id"),
    _ms("changed_ms"),
    Index("spell_by_patient", "patient_key"),
    Index("spell_by_person", "person_id"),
    Index("spell_by_decision", "decision", "changed_ms"),
)

evidence = Table(
    "evidence",  # each event that spoke about a spell: a task's story; its key makes a second handling no effect
    bridge,
    Column("spell_key", String, primary_key=True),
    Column("event_id", String, primary_key=True),
    _text("message_id"),
    _text("subject"),  # the patient key under which it was said
    _text("type"),
    _ms("time_ms"),
    _ms("recorded_ms"),
    Column("data", LargeBinary, nullable=False),
    _text("effect"),  # what it changed, in words
    Index("evidence_by_message", "message_id"),  # a message translated again takes back what it said before
)

task = Table(
    "task",
    bridge,
    Column("generation", Integer, primary_key=True, server_default="1"),
    Column("task_id", String, primary_key=True),
    _text("spell_key"),
    _text("kind"),
    _text("parent_id"),
    _text("patient_key"),
    _text("person_id"),
    _text("status"),
    _text("stage"),
    _text("signal"),
    _text("reason"),
    _text("owner_team"),
    _text("claimed_by"),
    _ms("opened_ms"),
    _ms("due_ms", null=True),
    _ms("closed_ms", null=True),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("desk_version", Integer, nullable=False, server_default="0"),
    Column("looks", Integer, nullable=False, server_default="0"),  # how many contradictions wait for a person
    Column("unconfirmed", Integer, nullable=False, server_default="0"),  # how many things could not be told
    Column("body", LargeBinary, nullable=False),  # the TaskFact as last published, JSON
    _text("invented"),  # yes where a simulator made it
    _ms("changed_ms"),
    UniqueConstraint("generation", "spell_key", "kind", name="one_task_a_spell"),
    Index("task_by_status", "status", "due_ms"),
    Index("task_by_person", "person_id"),
    Index("task_by_closing", "closed_ms"),
    Index("task_to_look_at", "due_ms", sqlite_where=text("looks > 0"), postgresql_where=text("looks > 0")),
)

desk_act = Table(
    "desk_act",  # what people did: a truth of its own, never derived, never overwritten
    bridge,
    Column("act_id", String, primary_key=True),
    _text("task_id"),
    Column("version", Integer, nullable=False),
    _text("act"),  # open_by_hand | claim | release | stage | note | complete | drop | look_settled
    _text("actor"),
    _text("role"),
    Column("detail", LargeBinary, nullable=False),  # JSON, no free text
    Column("sealed", LargeBinary, nullable=True),  # free text
    _text("key_id"),
    _ms("at_ms"),
    UniqueConstraint("task_id", "version", name="one_act_a_version"),
)

care = Table(
    "care",  # what the council said of each of its people
    bridge,
    Column("patient_key", String, primary_key=True),
    Column("slot", String, primary_key=True),  # known | worker | package:<id> | review:<id>...
    _text("stamp"),
    Column("value", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=True),
    _text("sealed_event"),
    _text("key_id"),
    _ms("changed_ms"),
)

# -- bridge: reference data ------------------------------------------------------------------------------------------

reference_list = Table(
    "reference_list",  # each version of a list that somebody loaded, as it was written; never changed, never removed
    bridge,
    Column("kind", String, primary_key=True),  # teams | service-hours | localities...
    Column("version", Integer, primary_key=True),
    _ms("begins_ms"),
    _ms("ends_ms", null=True),
    _text("loaded_by"),
    _ms("loaded_ms"),
    _text("taken_back_by"),
    _ms("taken_back_ms", null=True),
    Column("text", String, nullable=False),  # the TOML text; last, so that asking for the rest passes it by
)

# -- bridge: the front door -----------------------------------------------------------------------------------------

_UNCONFIRMED, _WAITING = text("unconfirmed > 0"), text("waits_for <> ''")
door_task = Table(
    "door_task",  # triage of a contact or referral, and reviews that are due; `about`: the slot in `care` it came from
    bridge,
    Column("task_id", String, primary_key=True),
    *map(_text, ("kind", "about", "patient_key", "person_id", "status", "signal")),
    *map(_text, ("owner_team", "claimed_by", "since_on")),
    _ms("opened_ms"),
    _ms("due_ms", null=True),
    _ms("closed_ms", null=True),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("desk_version", Integer, nullable=False, server_default="0"),
    # 1 where the desk finished what the case system still shows as open
    Column("unconfirmed", Integer, nullable=False, server_default="0"),
    Column("body", LargeBinary, nullable=False),  # the FrontDoorTask as last published, JSON
    Column("explanation", LargeBinary, nullable=False),  # why it stands so, and what happened to it, JSON
    _text("invented"),  # yes where a simulator made it
    _ms("changed_ms"),
    Index("door_task_by_status", "status", "since_on"),
    Index("door_task_by_patient", "patient_key"),
    Index("door_task_by_person", "person_id"),
    Index("door_task_by_closing", "closed_ms"),
    Index("door_task_not_confirmed", "closed_ms", sqlite_where=_UNCONFIRMED, postgresql_where=_UNCONFIRMED),
)  # fmt: skip

door_act = Table(
    "door_act",  # what people at the front door did: a truth of its own, as `desk_act` is
    bridge,
    Column("act_id", String, primary_key=True),
    _text("task_id"),
    Column("version", Integer, nullable=False),
    *map(_text, ("act", "actor", "role")),
    Column("detail", LargeBinary, nullable=False),  # JSON, no free text
    Column("sealed", LargeBinary, nullable=True),  # free text
    _text("key_id"),
    _ms("at_ms"),
    UniqueConstraint("task_id", "version", name="one_door_act_a_version"),
)

door_request = Table(
    "door_request",  # how long each contact or referral waited, and for what it still waits
    bridge,
    Column("request_id", String, primary_key=True),
    *map(_text, ("patient_key", "person_id", "kind", "number", "owner_team", "outcome", "waits_for")),
    *map(_text, ("received_on", "referred_on", "assessed_on", "cared_on", "last_contact_on")),
    Column("by_date", Integer, nullable=False, server_default="0"),  # 1: only dates tie the care to it
    _ms("first_ms"),  # when the case system recorded it first
    _ms("changed_ms"),
    Index("door_request_by_patient", "patient_key"),
    Index("door_request_by_receipt", "received_on"),
    Index("door_request_waiting", "received_on", sqlite_where=_WAITING, postgresql_where=_WAITING),
)

door_clock = Table(
    "door_clock",  # when time alone may change what is to be done for somebody: a review comes due
    bridge,
    Column("patient_key", String, primary_key=True),
    _ms("at_ms", null=True),
    Index("door_clock_by_time", "at_ms"),
)

# -- bridge: record -------------------------------------------------------------------------------------------------

record_part = Table(
    "record_part",  # the newest known state of each thing the record shows, before it is mapped
    bridge,
    Column("generation", Integer, primary_key=True, server_default="1"),
    Column(
        "kind", String, primary_key=True
    ),  # stay | task | patient | retired | counter: see record/projection
    Column("part_id", String, primary_key=True),
    _text("patient_key"),
    Column("revision", BigInteger, nullable=False, server_default="0"),
    Column("data", LargeBinary, nullable=False),
    _text("event_id"),
    _text("message_id"),
    _ms("changed_ms"),
    Index("record_part_by_patient", "patient_key"),
)

dirty_person = Table(
    "dirty_person",
    bridge,
    Column("sink", String, primary_key=True),
    Column("person_id", String, primary_key=True),
    _ms("since_ms"),
    Column("mark", BigInteger, nullable=False, server_default="0"),  # grows with each reason to publish again
    Column("tries", Integer, nullable=False, server_default="0"),
    _ms("next_try_ms"),
    _text("fault"),
    Index("dirty_person_by_time", "sink", "next_try_ms"),
)

sent_resource = Table(
    "sent_resource",  # what a sink is known to hold
    bridge,
    Column("sink", String, primary_key=True),
    Column("resource", String, primary_key=True),  # Patient/n123
    _text("person_id"),
    _text("digest"),
    _text("version"),  # the sink's version, for ifMatch
    Column(
        "unsure", Integer, nullable=False, server_default="0"
    ),  # outcome unknown: GET before the next send
    _ms("sent_ms"),
    Index("sent_resource_by_person", "sink", "person_id"),
)

resource = Table(
    "resource",  # the built-in record store
    bridge,
    Column("resource_type", String, primary_key=True),
    Column("resource_id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column(
        "updated_position", BigInteger, nullable=False
    ),  # given under the writer, so a puller misses nothing
    _ms("updated_ms"),
    _text("person_id"),
    _text("status"),
    Column("body", LargeBinary, nullable=False),
    Index("resource_by_update", "resource_type", "updated_position"),
    Index("resource_by_status", "resource_type", "status", "updated_position"),
    Index("resource_by_person", "person_id"),
)

resource_identifier = Table(
    "resource_identifier",
    bridge,
    Column("resource_type", String, primary_key=True),
    Column("resource_id", String, primary_key=True),
    Column("lookup", String, primary_key=True),  # keyed hash of system and value
    Index("resource_identifier_by_lookup", "lookup"),
)

# -- bridge: trust ---------------------------------------------------------------------------------------------------

audit = Table(
    "audit",
    bridge,
    Column("position", Big, primary_key=True, autoincrement=True),
    _text("writer"),
    _text("day"),
    _ms("at_ms"),
    _text("who"),
    _text("role"),
    _text("what"),
    _text("whom"),  # a person id or patient key, never a name
    _text("why"),
    _text("where_from"),
    _text("result"),
    _text("previous"),
    _text("chain"),
    Index("audit_by_whom", "whom", "at_ms"),
    Index("audit_by_day", "writer", "day", "position"),
    Index("audit_by_who", "who", "position"),
    Index("audit_by_date", "day", "position"),
)

WRITERS: dict[str, frozenset[str]] = {
    "intake": frozenset(
        {
            "message", "resend", "control_id_seen", "intake_count", "feed_heard", "feed_word", "feed_person",
            "applied_word", "fetched_file", "polled_table", "polled_row",
        }
    ),
    "people": frozenset(
        {"identity", "data_key", "patient", "link", "quarantine", "people_request", "crosswalk"}
    ),
    "events": frozenset(
        {
            "event_log", "log_floor", "position", "held", "parked", "dead_letter",
            "message_state", "ledger_count", "open_effect", "audit",
            "feed_switch",
        }
    ),
    "reference": frozenset({"reference_list"}),
    "discharge": frozenset({"spell", "evidence", "task", "desk_act", "care"}),
    "frontdoor": frozenset({"door_task", "door_act", "door_request", "door_clock"}),
    "record": frozenset(
        {"record_part", "dirty_person", "sent_resource", "resource", "resource_identifier"}
    ),
}  # fmt: skip
"""Which package may write which table."""
