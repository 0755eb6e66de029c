"""Tables of what must be told at once: urgent matters for who is on duty, admissions for who looks after them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint, text

from ascbridge.storage.table_columns import bridge, moment, words

_STANDS, _TO_TAKE, _HERE = text("stands > 0"), text("night_version > taken_version"), text("here > 0")
urgent_matter = Table(
    "urgent_matter",  # one kind about one stay, as the facts and people have it (discharge/urgent/urgent_work.py)
    bridge,
    Column("matter_id", String, primary_key=True),
    *map(words, ("spell_key", "code", "list_version", "patient_key", "person_id", "status")),
    moment("since_ms"),  # when what makes it urgent happened
    moment("heard_ms"),  # when it stood here first, or anew
    moment("changed_ms"),
    Column("stands", Integer, nullable=False, server_default="0"),  # 1 while somebody must see to it
    Column("fact", LargeBinary, nullable=False),  # what it rests on, JSON; [] where only people say so
    Column("version", Integer, nullable=False, server_default="0"),
    # up to which act out of hours, and up to which the discharge team has taken up what was written
    Column("night_version", Integer, nullable=False, server_default="0"),
    Column("taken_version", Integer, nullable=False, server_default="0"),
    words("invented"),  # yes where a simulator made it
    UniqueConstraint("spell_key", "code", name="one_matter_of_a_kind"),
    Index("urgent_by_person", "person_id"),
    Index("urgent_by_change", "changed_ms"),
    Index("urgent_stands", "since_ms", sqlite_where=_STANDS, postgresql_where=_STANDS),
    Index("urgent_to_take_up", "changed_ms", sqlite_where=_TO_TAKE, postgresql_where=_TO_TAKE),
)

urgent_act = Table(
    "urgent_act",  # what people did about them: a truth of its own, as `desk_act` is
    bridge,
    Column("act_id", String, primary_key=True),
    words("task_id"),  # the matter, under the name that acts of every desk have
    Column("version", Integer, nullable=False),
    *map(words, ("act", "actor", "role")),
    Column("detail", LargeBinary, nullable=False),  # JSON, no free text
    Column("sealed", LargeBinary, nullable=True),  # free text
    words("key_id"),
    moment("at_ms"),
    UniqueConstraint("task_id", "version", name="one_urgent_act_a_version"),
)

known_admission = Table(
    "known_admission",  # a stay of somebody whom a team looks after (discharge/keeping/known_admissions.py)
    bridge,
    Column("spell_key", String, primary_key=True),
    *map(words, ("patient_key", "person_id", "team")),
    moment("since_ms"),  # when they came in
    moment("heard_ms"),  # since when it is that team's business
    Column(
        "here", Integer, nullable=False, server_default="0"
    ),  # 1 while they are in hospital and the team's
    Index("known_admission_here", "since_ms", sqlite_where=_HERE, postgresql_where=_HERE),
    Index("known_admission_by_person", "person_id", sqlite_where=_HERE, postgresql_where=_HERE),
)
