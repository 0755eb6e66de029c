"""Tables of the discharge desk and the front door, and of the lists that both go by."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint, text

from ascbridge.storage.table_columns import bridge, moment, words

# -- bridge: discharge ----------------------------------------------------------------------------------------------

_DROPPED = text("decision = 'drop'")
spell = Table(
    "spell",
    bridge,
    Column("generation", Integer, primary_key=True, server_default="1"),
    Column("spell_key", String, primary_key=True),
    words("patient_key"),
    words("person_id"),
    Column("slots", LargeBinary, nullable=False),  # the fold's state, JSON
    Column("view", LargeBinary, nullable=False),  # the folded view, JSON
    Column("revision", Integer, nullable=False, server_default="0"),
    words("status"),
    words("decision"),  # the rule that decided last: opens | none | dropped
    Column("explanation", LargeBinary, nullable=False),  # why, JSON
    words("facility"),
    words("sealed_event"),
    Column("sealed", LargeBinary, nullable=True),  # the visit number
    words("key_id"),
    moment("changed_ms"),
    Index("spell_by_patient", "patient_key"),
    Index("spell_dropped", "changed_ms", sqlite_where=_DROPPED, postgresql_where=_DROPPED),
)

evidence = Table(
    "evidence",  # each event that spoke about a spell: a task's story; its key makes a second handling no effect
    bridge,
    Column("spell_key", String, primary_key=True),
    Column("event_id", String, primary_key=True),
    words("message_id"),
    words("subject"),  # the patient key under which it was said
    words("type"),
    moment("time_ms"),
    moment("recorded_ms"),
    Column("data", LargeBinary, nullable=False),
    words("effect"),  # what it changed, in words
    Index("evidence_by_message", "message_id"),  # a message translated again takes back what it said before
)

entered_stay = Table(
    "entered_stay",  # stays that somebody entered by hand, for finding them when a message comes about the same person
    bridge,
    Column("generation", Integer, primary_key=True, server_default="1"),
    Column("spell_key", String, primary_key=True),
    words("patient_key"),
    Index("entered_stay_by_patient", "patient_key"),
)

_TO_DO = text("to_do > 0")
task = Table(
    "task",
    bridge,
    Column("generation", Integer, primary_key=True, server_default="1"),
    Column("task_id", String, primary_key=True),
    words("spell_key"),
    words("kind"),
    words("parent_id"),
    words("patient_key"),
    words("person_id"),
    words("status"),
    words("stage"),
    words("signal"),
    words("reason"),
    words("owner_team"),
    words("claimed_by"),
    moment("opened_ms"),
    moment("due_ms", null=True),
    moment("closed_ms", null=True),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("desk_version", Integer, nullable=False, server_default="0"),
    Column("looks", Integer, nullable=False, server_default="0"),  # how many contradictions wait for a person
    Column("unconfirmed", Integer, nullable=False, server_default="0"),  # how many things could not be told
    Column("body", LargeBinary, nullable=False),  # the TaskFact as last published, JSON
    words("invented"),  # yes where a simulator made it
    moment("changed_ms"),
    # What the views ask by (discharge/lists/task_columns.py): all of them read the one index of work to be done
    Column("to_do", Integer, nullable=False, server_default="0"),  # 1 while it is open or paused, or needs a look
    Column("due_order", BigInteger, nullable=False, server_default="0"),  # `due_ms`; what has none comes last
    Column("look_ms", BigInteger, nullable=False, server_default="0"),  # since when the oldest look waits; 0: none
    Column("moved_ms", BigInteger, nullable=False, server_default="0"),  # when what people see of it changed last
    *map(words, ("ward", "locality", "pathway", "leaves_on")),
    Column("escalates_order", BigInteger, nullable=False, server_default="8640000000000000"),  # as `due_order`
    words("escalates_to"),  # which team hears of it then
    words("delay"),  # the reason for which somebody who is ready stays; empty: none is stated
    UniqueConstraint("generation", "spell_key", "kind", name="one_task_a_spell"),
    Index("task_by_status", "status", "due_ms"),
    Index("task_by_person", "person_id"),
    Index("task_by_closing", "closed_ms"),
    Index("task_by_opening", "opened_ms"),
    Index("task_to_look_at", "due_ms", sqlite_where=text("looks > 0"), postgresql_where=text("looks > 0")),
    Index("task_by_change", "moved_ms", "generation"),
    Index("task_to_do_ward", "generation", "ward", sqlite_where=_TO_DO, postgresql_where=_TO_DO),
    Index("task_to_do_locality", "generation", "locality", sqlite_where=_TO_DO, postgresql_where=_TO_DO),
    Index(
        "task_to_do_holder", "generation", "claimed_by", "due_order", "opened_ms", "task_id",
        sqlite_where=_TO_DO, postgresql_where=_TO_DO,
    ),
    Index(
        "task_to_do", "due_order", "opened_ms", "task_id", "generation", "status", "signal", "stage", "owner_team",
        "claimed_by", "looks", "look_ms", "unconfirmed", "ward", "locality", "pathway", "leaves_on",
        "escalates_order", "escalates_to", "delay", "to_do",
        sqlite_where=_TO_DO, postgresql_where=_TO_DO,
    ),
)  # fmt: skip

late_news = Table(
    "late_news",  # what reached the desk late, and who rang about it (discharge/keeping/late_news.py)
    bridge,
    Column("spell_key", String, primary_key=True),
    Column("message_id", String, primary_key=True),
    words("patient_key"),
    moment("recorded_ms"),
    moment("heard_ms"),
    words("checked_by"),
    moment("checked_ms", null=True),
    Index(
        "late_news_to_check", "heard_ms",
        sqlite_where=text("checked_ms IS NULL"), postgresql_where=text("checked_ms IS NULL"),
    ),
    Index("late_news_heard", "heard_ms"),
)  # fmt: skip

desk_act = Table(
    "desk_act",  # what people did: a truth of its own, never derived, never overwritten
    bridge,
    Column("act_id", String, primary_key=True),
    words("task_id"),
    Column("version", Integer, nullable=False),
    words("act"),  # claim, note, complete... (discharge/deciding/desk_state.py)
    words("actor"),
    words("role"),
    Column("detail", LargeBinary, nullable=False),  # JSON, no free text
    Column("sealed", LargeBinary, nullable=True),  # free text
    words("key_id"),
    moment("at_ms"),
    UniqueConstraint("task_id", "version", name="one_act_a_version"),
)

colleague = Table(
    "colleague",  # who signed in to work at the desk, and when last: whom work can be given to
    bridge,
    Column("who", String, primary_key=True),
    Column("role", String, primary_key=True),
    moment("seen_ms"),
)

_SHORT_TERM = text("slot >= 'short_term:' AND slot < 'short_term;'")
_OBJECTION = text("slot = 'objection'")
care = Table(
    "care",  # what the council said of each of its people
    bridge,
    Column("patient_key", String, primary_key=True),
    Column("slot", String, primary_key=True),  # known | worker | package:<id> | review:<id>...
    words("stamp"),
    Column("value", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=True),
    words("sealed_event"),
    words("key_id"),
    moment("changed_ms"),
    Index("care_short_term", "changed_ms", sqlite_where=_SHORT_TERM, postgresql_where=_SHORT_TERM),
    Index("care_objection", "changed_ms", sqlite_where=_OBJECTION, postgresql_where=_OBJECTION),
)

allocated = Table(
    "allocated",  # to which team and worker the council's last word allocates each of its people: for finding them
    bridge,
    Column("patient_key", String, primary_key=True),
    words(
        "team"
    ),  # as it is compared: without capitals or doubled spaces; empty where nobody looks after them
    words("worker_lookup"),  # keyed hash of the worker's name, or empty
    words("stamp"),
    Index("allocated_by_team", "team"),
    Index("allocated_by_worker", "worker_lookup"),
)

# -- bridge: reference data ------------------------------------------------------------------------------------------

reference_list = Table(
    "reference_list",  # each version of a list that somebody loaded, as it was written; never changed, never removed
    bridge,
    Column("kind", String, primary_key=True),  # teams | service-hours | localities...
    Column("version", Integer, primary_key=True),
    moment("begins_ms"),
    moment("ends_ms", null=True),
    words("loaded_by"),
    moment("loaded_ms"),
    words("taken_back_by"),
    moment("taken_back_ms", null=True),
    Column("text", String, nullable=False),  # the TOML text; last, so that asking for the rest passes it by
)

# -- bridge: the front door -----------------------------------------------------------------------------------------

_UNCONFIRMED, _WAITING = text("unconfirmed > 0"), text("waits_for <> ''")
_CARED, _ASSESSED = text("cared_on <> ''"), text("assessed_on <> ''")
door_task = Table(
    "door_task",  # triage of a contact or referral, and reviews that are due; `about`: the slot in `care` it came from
    bridge,
    Column("task_id", String, primary_key=True),
    *map(words, ("kind", "about", "patient_key", "person_id", "status", "signal")),
    *map(words, ("owner_team", "claimed_by", "since_on")),
    moment("opened_ms"),
    moment("due_ms", null=True),
    moment("closed_ms", null=True),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("desk_version", Integer, nullable=False, server_default="0"),
    # 1 where the desk finished what the case system still shows as open
    Column("unconfirmed", Integer, nullable=False, server_default="0"),
    Column("body", LargeBinary, nullable=False),  # the FrontDoorTask as last published, JSON
    Column("explanation", LargeBinary, nullable=False),  # why it stands so, and what happened to it, JSON
    words("invented"),  # yes where a simulator made it
    moment("changed_ms"),
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
    words("task_id"),
    Column("version", Integer, nullable=False),
    *map(words, ("act", "actor", "role")),
    Column("detail", LargeBinary, nullable=False),  # JSON, no free text
    Column("sealed", LargeBinary, nullable=True),  # free text
    words("key_id"),
    moment("at_ms"),
    UniqueConstraint("task_id", "version", name="one_door_act_a_version"),
)

door_request = Table(
    "door_request",  # how long each contact or referral waited, and for what it still waits
    bridge,
    Column("request_id", String, primary_key=True),
    *map(words, ("patient_key", "person_id", "kind", "number", "owner_team", "outcome", "waits_for")),
    *map(words, ("received_on", "referred_on", "assessed_on", "cared_on", "last_contact_on")),
    Column("by_date", Integer, nullable=False, server_default="0"),  # 1: only dates tie the care to it
    moment("first_ms"),  # when the case system recorded it first
    moment("changed_ms"),
    Index("door_request_by_patient", "patient_key"),
    Index("door_request_by_receipt", "received_on"),
    Index("door_request_waiting", "received_on", sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index(
        "door_request_by_care",
        "cared_on",
        "received_on",
        "by_date",
        sqlite_where=_CARED,
        postgresql_where=_CARED,
    ),
    Index(
        "door_request_by_assessment",
        "assessed_on",
        "referred_on",
        "by_date",
        sqlite_where=_ASSESSED,
        postgresql_where=_ASSESSED,
    ),
)

door_clock = Table(
    "door_clock",  # when time alone may change what is to be done for somebody: a review comes due
    bridge,
    Column("patient_key", String, primary_key=True),
    moment("at_ms", null=True),
    Index("door_clock_by_time", "at_ms"),
)

nudged = Table(
    "nudged",  # what each team was told of by e-mail
    bridge,
    Column("team", String, primary_key=True),
    Column("tasks", LargeBinary, nullable=False),  # ids of tasks, JSON
    moment("at_ms"),
    words("day"),  # of which day's beginning
)
