"""Whose work is where: the lists of tasks, what each shows first, and how many stand on each.

Every list reads one range of one index, that of the work to be done (`task_to_do`), and then the few rows that it
shows: however much was ever closed, no list gets slower. Nothing here names anybody: rows carry the patient key and the
person id; `people.opening` opens names. Where a restricted person is stands in no row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    String,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
)

from ascbridge.discharge.deciding.pathway import CLOSED, OPEN
from ascbridge.discharge.lists.dropped_stays import counted_dropped
from ascbridge.discharge.lists.task_columns import pathway_of, ward_named
from ascbridge.discharge.lists.task_lists import (
    ACTOR,
    DAY_END,
    DAY_START,
    NOT_STATED,
    NOTHING,
    NOW,
    TaskLists,
    at,
    one_of,
)
from ascbridge.events.facts.catalogue import TaskFact
from ascbridge.storage.prepared import Prepared, unindexed
from ascbridge.storage.tables import task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Select

View = Literal[
    "open", "mine", "breaching", "escalated", "due-today", "needs-a-look", "not-confirmed", "in-hospital", "discharged",
    "paused", "closed-today",
]  # fmt: skip
VIEWS: tuple[View, ...] = get_args(View)
NEAR_MS = 3_600_000
"""How long before its due time work counts as nearly breaching."""
NOBODY = NOT_STATED
"""Asks for what nobody has."""

_t = task.c
OF_TASK = (
    _t.task_id, _t.body, _t.patient_key, _t.person_id, _t.claimed_by, _t.desk_version, _t.changed_ms, _t.moved_ms,
    _t.closed_ms, _t.look_ms, _t.locality, _t.invented,
)  # fmt: skip
"""What `row_of` needs of a task, in this order."""
TO_DO = _t.to_do > literal_column("0")
"""The condition of the index of work to be done, in its words."""
_NOT_CLOSED = and_(*(_t.status != literal_column(f"'{status}'") for status in sorted(CLOSED)))
"""Said by what it is not, which no index is for: SQLite would go by a status that most rows share."""
_ON_HOLD: ColumnElement[str] = literal_column("'on-hold'")
OPENED = and_(_t.status != _ON_HOLD, _NOT_CLOSED)
TO_LOOK = _t.looks > literal_column("0")
LATE = _t.due_order < NOW
NEAR = bindparam("near", type_=BigInteger)
GENERATION = bindparam("generation", type_=Integer)
_LEFT = one_of(_t.signal, ("discharged", "discharged-unclear"))
_NOT_LEFT = ~_LEFT
DUE = (_t.due_order, _t.opened_ms, _t.task_id)
WORK = TaskLists(
    task,
    {
        "open": (OPENED,),
        "mine": (_t.generation == GENERATION, _t.claimed_by == ACTOR, _t.claimed_by != NOTHING, OPENED),
        "breaching": (_t.due_order < NEAR, OPENED),
        "escalated": (_t.escalates_order <= NOW, OPENED),
        "due-today": (_t.due_order < DAY_END, or_(OPENED, TO_LOOK)),
        "needs-a-look": (TO_LOOK,),
        "not-confirmed": (_t.unconfirmed > literal_column("0"), OPENED),
        "in-hospital": (_NOT_LEFT, _NOT_CLOSED),
        "discharged": (_LEFT, OPENED),
        "paused": (unindexed(_t.status) == _ON_HOLD,),
        "late": (LATE, OPENED),
    },
    {"": DUE, "by-ward": (_t.ward, *DUE), "closed-today": (_t.closed_ms.desc(), _t.task_id)},
    narrows={
        "team": unindexed(_t.owner_team), "ward": unindexed(_t.ward), "locality": unindexed(_t.locality),
        "pathway": _t.pathway, "stage": _t.stage, "whose": unindexed(_t.claimed_by), "leaves_on": _t.leaves_on,
        "told_to": unindexed(_t.escalates_to),
    },
    always=(unindexed(_t.generation) == GENERATION,),
    keyed=(_t.generation == GENERATION,),
    within=TO_DO,
    apart={"closed-today": (_t.closed_ms >= DAY_START, _t.closed_ms < DAY_END)},
    also={"dropped": counted_dropped(GENERATION)},
)  # fmt: skip
"""The lists of discharge tasks; *late* and *dropped* are counted only."""


_THESE = Prepared.of(
    lambda one_of: select(*OF_TASK).where(_t.generation == GENERATION, one_of(_t.task_id, "ids"))
)


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One task as a list shows it. `fact` is the task as last published; times are UTC ms.

    `moved_ms`: when what people see of it last changed. `look_ms`: since when the oldest look waits, 0 for none.
    """

    fact: TaskFact
    patient_key: str
    person_id: str
    claimed_by: str
    version: int
    changed_ms: int
    moved_ms: int
    closed_ms: int | None
    look_ms: int
    locality: str
    invented: bool
    late: bool
    near: bool

    @property
    def mark(self) -> str:
        """Changes whenever anything of it does."""
        return (
            f"{self.fact.task} {self.fact.revision} {self.version} {self.changed_ms} {self.late} {self.near}"
        )

    @property
    def ward(self) -> str:
        """What its ward is called on a board; empty where none is shown."""
        return ward_named(self.fact.ward)

    @property
    def pathway(self) -> str:
        """The number of the pathway that is proposed or confirmed, as text; empty before."""
        return pathway_of(self.fact)


@dataclass(frozen=True, slots=True)
class Lists:
    """Which lists are asked for, at a time and for one person at the desk; what is empty asks for all.

    `whose` is who has the task; `NOBODY` for what nobody has yet. `told_to` is the team that hears of late work.
    """

    now_ms: int
    team: str = ""
    actor: str = ""
    generation: int = 1
    ward: str = ""
    locality: str = ""
    pathway: str = ""
    stage: str = ""
    whose: str = ""
    leaves_on: str = ""
    told_to: str = ""

    def values(self) -> dict[str, Any]:
        """Return what goes into the statements."""
        return {
            **at(self.now_ms), "near": self.now_ms + NEAR_MS, "actor": self.actor, "generation": self.generation,
            "team": self.team, "ward": self.ward, "locality": self.locality, "pathway": self.pathway,
            "stage": self.stage, "whose": self.whose, "leaves_on": self.leaves_on,
            "told_to": self.told_to,
        }  # fmt: skip


def rows(
    connection: Connection,
    view: View,
    lists: Lists,
    *,
    limit: int = 200,
    after: int = 0,
    by_ward: bool = False,
) -> list[WorklistRow]:
    """Return a list in due order (closed ones: the last closed first), `limit` rows from row `after`.

    `by_ward`: ward by ward, and in due order within each.
    """
    order = "by-ward" if by_ward else ""
    found = WORK.rows(connection, OF_TASK, view, lists.values(), limit=limit, after=after, order=order)
    return [row_of(one, lists.now_ms) for one in found]


def rows_of(connection: Connection, task_ids: Sequence[str], lists: Lists) -> list[WorklistRow]:
    """Return the rows of these tasks, in this order."""
    if not task_ids:
        return []
    these = _THESE.rows(connection, generation=lists.generation, ids=list(task_ids))
    found = {row[0]: row for row in these}
    return [row_of(found[id], lists.now_ms) for id in task_ids if id in found]


def counts(connection: Connection, lists: Lists) -> dict[str, int]:
    """Return how many tasks each list holds, how many are late, and how many stays are dropped (up to a bound)."""
    return WORK.counts(connection, lists.values())


def own_work(connection: Connection, lists: Lists, team: str) -> dict[str, str]:
    """Return what a team, or whoever asks, has to do: each task's patient key, in due order."""
    own = bindparam("own_team", type_=String)
    mine = [_t.claimed_by == ACTOR] if lists.actor else []
    of_team = [_t.owner_team == own] if team else []
    if not mine and not of_team:
        return {}

    def wanted(shape: frozenset[str]) -> Select[Any]:
        found = select(_t.task_id, _t.patient_key).where(TO_DO, or_(*mine, *of_team), *WORK.narrowed(shape))
        return found.order_by(*DUE)

    key = ("own", bool(mine), bool(of_team))
    return dict(map(tuple, WORK.run(connection, key, wanted, lists.values(), own_team=team)))


def row_of(found: Sequence[Any], now_ms: int) -> WorklistRow:
    """Return a task's row out of what the columns `OF_TASK` hold."""
    (
        _, body, patient_key, person_id, claimed_by, version, changed_ms, moved_ms, closed_ms, look_ms, locality,
        invented,
    ) = found  # fmt: skip
    fact = TaskFact.model_validate_json(body)
    left = None if fact.due_ms is None or fact.status not in OPEN else fact.due_ms - now_ms
    return WorklistRow(
        fact=fact,
        patient_key=patient_key,
        person_id=person_id,
        claimed_by=claimed_by,
        version=version,
        changed_ms=changed_ms,
        moved_ms=moved_ms,
        closed_ms=closed_ms,
        look_ms=look_ms,
        locality=locality,
        invented=invented == "yes",
        late=fact.due_ms is not None and fact.due_ms < now_ms,
        near=left is not None and 0 <= left < NEAR_MS,
    )
