"""Tables of the shared record: what was sent where, and what our own FHIR store holds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from ascbridge.storage.table_columns import bridge, moment, words

# -- bridge: record -------------------------------------------------------------------------------------------------

record_part = Table(
    "record_part",  # the newest known state of each thing the record shows, before it is mapped
    bridge,
    Column("generation", Integer, primary_key=True, server_default="1"),
    Column(
        "kind", String, primary_key=True
    ),  # stay | task | care | patient | retired | counter: see record/projection
    Column("part_id", String, primary_key=True),
    words("patient_key"),
    Column("revision", BigInteger, nullable=False, server_default="0"),
    Column("data", LargeBinary, nullable=False),
    words("event_id"),
    words("message_id"),
    Column("sealed", LargeBinary, nullable=True),  # what the event sealed, under its own id (`event_id`)
    words("key_id"),
    moment("changed_ms"),
    Index("record_part_by_patient", "patient_key"),
)

dirty_person = Table(
    "dirty_person",
    bridge,
    Column("sink", String, primary_key=True),
    Column("person_id", String, primary_key=True),
    moment("since_ms"),
    Column("mark", BigInteger, nullable=False, server_default="0"),  # grows with each reason to publish again
    Column("tries", Integer, nullable=False, server_default="0"),
    moment("next_try_ms"),
    words("fault"),
    Index("dirty_person_by_time", "sink", "next_try_ms"),
)

sent_resource = Table(
    "sent_resource",  # what a sink is known to hold
    bridge,
    Column("sink", String, primary_key=True),
    Column("resource", String, primary_key=True),  # Patient/n123
    words("person_id"),
    words("digest"),
    words("version"),  # the sink's version, for ifMatch
    Column(
        "unsure", Integer, nullable=False, server_default="0"
    ),  # outcome unknown: GET before the next send
    moment("sent_ms"),
    Index("sent_resource_by_person", "sink", "person_id"),
)

republishing = Table(
    "republishing",  # people who are marked once more because somebody asked for it, and how far that is
    bridge,
    Column("run_id", String, primary_key=True),
    words("sink"),
    words("what"),  # differing | looked-at | everything: see record/republishing
    Column("who", LargeBinary, nullable=False),  # JSON: whom it is about
    words("state"),  # running | paused | done | stopped
    Column("per_second", Integer, nullable=False),
    words("reached"),  # the last person who was marked, in the order of ids
    Column("people", BigInteger, nullable=False),  # how many there were when it began
    Column("marked", BigInteger, nullable=False, server_default="0"),
    words("asked_by"),
    words("why"),
    moment("begun_ms"),
    moment("changed_ms"),
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
    moment("updated_ms"),
    words("person_id"),
    words("status"),
    words("category"),  # system|code of its first category or type
    Column("from_ms", BigInteger, nullable=True),  # from when to before when it is dated, where it is
    Column("to_ms", BigInteger, nullable=True),
    Column(
        "withheld", Integer, nullable=False, server_default="0"
    ),  # 0 nothing, 1 what restriction takes, 2 all
    words("rule"),  # which mapping made it: device/1
    Column("body", LargeBinary, nullable=False),
    Index("resource_by_update", "resource_type", "updated_position"),
    Index("resource_by_status", "resource_type", "status", "updated_position"),
    Index("resource_by_person", "person_id"),
)

resource_version = Table(
    "resource_version",  # what the built-in record store held before; never what is withheld by now
    bridge,
    Column("resource_type", String, primary_key=True),
    Column("resource_id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    moment("updated_ms"),
    words("person_id"),
    words("status"),
    Column("withheld", Integer, nullable=False, server_default="0"),
    words("rule"),
    Column("body", LargeBinary, nullable=False),
)

resource_identifier = Table(
    "resource_identifier",
    bridge,
    Column("resource_type", String, primary_key=True),
    Column("resource_id", String, primary_key=True),
    Column("lookup", String, primary_key=True),  # keyed hash of system and value
    Index("resource_identifier_by_lookup", "lookup"),
)
