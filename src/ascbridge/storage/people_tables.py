"""Tables of people: who is who, how we know, and what two people decide together."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, text

from ascbridge.storage.table_columns import bridge, moment, words

# -- bridge: people -------------------------------------------------------------------------------------------------

_HOLD_STANDS = text("ended_ms IS NULL")

patient = Table(
    "patient",  # what is known about each patient key, as the last recorded statement of its source has it
    bridge,
    Column("patient_key", String, primary_key=True),
    Column("person_id", String, nullable=False, index=True),
    words("authority"),
    words("source_name"),
    words("nhs_lookup"),  # keyed hash of the NHS number, or empty
    words("number_state"),
    words("birth_lookup"),  # keyed hash of the birth date, for comparing without knowing
    words(
        "family_lookup"
    ),  # keyed hash of birth date and family name together, for finding who may be the same
    words("postcode_lookup"),  # keyed hash of the postcode, for finding who gives it with a name
    Column("restricted", Integer, nullable=False, server_default="0"),
    words("restriction"),  # local | national
    words("details"),  # open part of the deciding PatientDetailsRecorded, JSON
    Column("sealed", LargeBinary, nullable=True),  # its sealed part
    words("sealed_event"),  # the event id that is its associated data
    words("key_id"),
    words("stamp"),  # sortable text of the deciding stamp
    words("renewed"),  # which part of the details said otherwise, and when that was written (UTC ms), JSON
    Column("died", Integer, nullable=False, server_default="0"),
    words("died_on"),
    words("death_stamp"),
    moment("first_ms"),
    moment("changed_ms"),
    Index("patient_by_number", "nhs_lookup"),
    Index("patient_by_birth", "birth_lookup", "family_lookup"),
    Index("patient_by_postcode", "postcode_lookup", "birth_lookup"),
)

link = Table(
    "link",  # every link statement ever made; the last one for each pair decides
    bridge,
    Column("event_id", String, primary_key=True),
    words("low"),  # the pair of patient keys, in order
    words("high"),
    Column("joined", Integer, nullable=False),  # 1 linked, 0 unlinked
    words("statement"),
    words("stamp"),
    moment("said_ms"),
    Index("link_by_low", "low"),
    Index("link_by_high", "high"),
)

quarantine = Table(
    "quarantine",  # NHS numbers that do not check, or that two people seem to share: for a person to settle
    bridge,
    Column("patient_key", String, primary_key=True),
    Column("cause", String, primary_key=True),
    words("other_key"),
    words("detail"),
    moment("since_ms"),
    words("state"),  # open | settled | decided: a person's word, which stands until the number changes
    words("number"),  # where decided: the keyed hash of the NHS number that was decided on
    Index("quarantine_by_state", "state", "since_ms"),
)

possible_match = Table(
    "possible_match",  # two records that may be one person's by all but a number: for a person to settle
    bridge,
    Column("low", String, primary_key=True),  # the pair of patient keys, in order
    Column("high", String, primary_key=True),  # empty: more are like the first than are compared
    words("row_id"),  # the row of the matching table that decided
    words("state"),  # open | settled: by a person, whose word stands until what is compared changes
    words("decided"),  # where a person said that they are two: a keyed hash of all that was compared
    moment("since_ms"),
    Index("possible_match_by_state", "state", "since_ms"),
    Index("possible_match_by_high", "high"),
)

people_request = Table(
    "people_request",  # what takes two people: asked by one, approved or refused by another
    bridge,
    Column("request_id", String, primary_key=True),
    words("kind"),  # lift-restriction | erase
    words("person_id"),
    words("why"),
    words("asked_by"),
    words("asked_in"),  # the sign-in that asked: the same one may not approve, whatever name it goes by
    moment("asked_ms"),
    words("state"),  # asked | refused | approved (an erasure, until its keys are gone) | done
    words("decided_by"),
    words("decided_why"),
    moment("decided_ms", null=True),
    words("patient_keys"),  # of an approved erasure: whose data keys go, separated by spaces
    moment("done_ms", null=True),
    Index("people_request_by_state", "state", "asked_ms"),
    Index("people_request_by_person", "person_id"),
)

legal_hold = Table(
    "legal_hold",  # what must not be erased while it stands; never deleted
    bridge,
    Column("hold_id", String, primary_key=True),
    words("kind"),  # person | message
    words("about"),  # a person id, or a message id
    words("keys"),  # owners of the data keys that it protects, as they were when it was placed
    words("why"),
    words("who"),
    moment("since_ms"),
    moment("until_ms", null=True),  # when somebody must look at it again: it never lapses by itself
    moment("ended_ms", null=True),
    words("ended_by"),
    words("ended_why"),
    Index("legal_hold_stands", "hold_id", sqlite_where=_HOLD_STANDS, postgresql_where=_HOLD_STANDS),
)
