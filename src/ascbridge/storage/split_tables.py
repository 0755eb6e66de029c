"""Tables of what goes with a discharge task: the work that is split off it, and the information that leaves."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint, text

from ascbridge.storage.table_columns import bridge, moment, words

_TO_TELL = text("tell <> ''")
sub_task = Table(
    "sub_task",  # work split off a discharge task: there may be several of one kind
    bridge,
    Column("task_id", String, primary_key=True),
    *map(words, ("parent_id", "spell_key", "kind", "about", "patient_key", "person_id", "status", "tell")),
    *map(words, ("owner_team", "claimed_by")),
    moment("opened_ms"),
    moment("due_ms", null=True),
    moment("closed_ms", null=True),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("desk_version", Integer, nullable=False, server_default="0"),
    Column(
        "blocks", Integer, nullable=False, server_default="0"
    ),  # 1 while the person cannot leave because of it
    Column("body", LargeBinary, nullable=False),  # the SubTaskFact as last published, JSON
    words("invented"),  # yes where a simulator made it
    moment("changed_ms"),
    Index("sub_task_by_spell", "spell_key"),
    Index("sub_task_by_status", "status", "due_ms"),
    Index("sub_task_by_patient", "patient_key"),
    Index("sub_task_by_person", "person_id"),
    Index("sub_task_by_closing", "closed_ms"),
    Index("sub_task_to_tell", "changed_ms", sqlite_where=_TO_TELL, postgresql_where=_TO_TELL),
)

sub_act = Table(
    "sub_act",  # what people did with them: a truth of its own, as `desk_act` is
    bridge,
    Column("act_id", String, primary_key=True),
    *map(words, ("task_id", "parent_id", "spell_key")),
    Column("version", Integer, nullable=False),
    *map(words, ("act", "actor", "role")),
    Column("detail", LargeBinary, nullable=False),  # JSON, no free text
    Column("sealed", LargeBinary, nullable=True),  # free text
    words("key_id"),
    moment("at_ms"),
    UniqueConstraint("task_id", "version", name="one_sub_act_a_version"),
)

pack_act = Table(
    "pack_act",  # what people did with the information that goes with a person: a truth of its own, as `desk_act` is
    bridge,
    Column("act_id", String, primary_key=True),
    words("task_id"),
    Column("version", Integer, nullable=False),
    *map(words, ("act", "actor", "role")),
    Column("detail", LargeBinary, nullable=False),  # JSON, no free text
    Column("sealed", LargeBinary, nullable=True),  # free text
    words("key_id"),
    moment("at_ms"),
    UniqueConstraint("task_id", "version", name="one_pack_act_a_version"),
)
