"""Lists of work of every kind: what stands on each, in which order, narrowed by what, and how much of it there is.

A kind of work declares its table, its lists and their order, and no more (`worklist`, `sub_list`, `front_list`). What
is asked for goes in as parameters, so that each statement is put together once for each way of narrowing a list, and
run as it is from then on. Nothing here names anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import BigInteger, ColumnElement, String, bindparam, func, literal_column, select

from ascbridge.calendars import day_bounds
from ascbridge.events.facts.fact import Fact
from ascbridge.storage.prepared import Prepared

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select, Table

Conditions = Sequence[ColumnElement[bool]]
Values = Mapping[str, Any]
F = TypeVar("F", bound=Fact)

NOW, DAY_START, DAY_END = (bindparam(name, type_=BigInteger) for name in ("now", "day_start", "day_end"))
ACTOR = bindparam("actor", type_=String)
NOT_STATED = "-"
"""Asks for what has nothing in a column that a list is narrowed by."""
NOTHING: ColumnElement[str] = literal_column("''")


@dataclass(frozen=True, slots=True)
class TaskRow(Generic[F]):
    """One task as a list shows it; times are UTC ms."""

    id: str
    fact: F
    patient_key: str
    person_id: str
    claimed_by: str
    version: int
    closed_ms: int | None
    invented: bool
    late: bool
    changed_ms: int

    @property
    def mark(self) -> str:
        """Changes whenever anything of it does."""
        return f"{self.id} {self.version} {self.changed_ms} {self.late}"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lists are asked for: of one team or of all (empty), at a time (UTC ms), for one person at the desk."""

    now_ms: int
    team: str = ""
    actor: str = ""

    def values(self) -> dict[str, Any]:
        """Return what goes into the statements."""
        return {**at(self.now_ms), "actor": self.actor, "team": self.team}


def of_row(columns: Any) -> tuple[Any, ...]:
    """Return the columns of a table of tasks of which `row_of` makes a row."""
    c = columns
    return (
        c.task_id, c.body, c.patient_key, c.person_id, c.claimed_by, c.desk_version, c.closed_ms, c.invented,
        c.changed_ms,
    )  # fmt: skip


def row_of(kind: type[F], found: Sequence[Any], now_ms: int) -> TaskRow[F]:
    """Return a row out of what the columns `of_row` hold."""
    id, body, patient_key, person_id, claimed_by, version, closed_ms, invented, changed_ms = found
    fact = kind.model_validate_json(body)
    due_ms = getattr(fact, "due_ms", None)
    late = due_ms is not None and due_ms < now_ms
    return TaskRow(
        id, fact, patient_key, person_id, claimed_by, version, closed_ms, invented == "yes", late, changed_ms
    )


def one_of(column: ColumnElement[str], values: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that a column has one of a few values, which stand in the statement."""
    return column.in_([literal_column(f"'{value}'") for value in sorted(values)])


def at(now_ms: int) -> dict[str, Any]:
    """Return a time, and the London day that it is in, as parameters."""
    start, end = day_bounds(now_ms)
    return {"now": now_ms, "day_start": start, "day_end": end}


@dataclass(eq=False)
class TaskLists:
    """The lists of one kind of work, which stands in `table`.

    `lists` says what puts work on each list, `order` how a list goes (that of an empty name holds for all others).
    `within` is what all of `lists` share: those are counted in one pass. `apart` are lists of which it does not hold,
    `also` other figures that are counted with them. A list may be narrowed by the columns of `narrows`. `always` holds
    of all of them; `keyed` says the same in words by which a row is found by its key.
    """

    table: Table
    lists: Mapping[str, Conditions]
    order: Mapping[str, Sequence[Any]]
    narrows: Mapping[str, ColumnElement[Any]]
    always: Conditions = ()
    keyed: Conditions = ()
    within: ColumnElement[bool] | None = None
    apart: Mapping[str, Conditions] = field(default_factory=dict)
    also: Mapping[str, Any] = field(default_factory=dict)
    _made: dict[tuple[Any, ...], Prepared] = field(default_factory=dict, init=False)

    def shape(self, values: Values) -> frozenset[str]:
        """Return by which columns these values narrow a list."""
        return frozenset(name for name in self.narrows if values.get(name))

    def narrowed(self, shape: frozenset[str]) -> list[ColumnElement[bool]]:
        """Return the conditions that every list shares which is narrowed so."""
        asked = (self.narrows[name] == bindparam(name, type_=String) for name in sorted(shape))
        return [*self.always, *asked]

    def where(self, name: str, shape: frozenset[str]) -> list[ColumnElement[bool]]:
        """Return what puts work on a list that is narrowed so."""
        if name in self.apart:
            return [*self.apart[name], *self.narrowed(shape)]
        within = [] if self.within is None else [self.within]
        return [*within, *self.lists[name], *self.narrowed(shape)]

    def rows(
        self,
        connection: Connection,
        columns: Sequence[Any],
        name: str,
        values: Values,
        *,
        limit: int,
        after: int = 0,
        order: str = "",
    ) -> Sequence[Any]:
        """Return these columns of a list's rows, `limit` from row `after`: found in an index, and then read."""

        def page(shape: frozenset[str]) -> Select[Any]:
            id, by = self.table.c.task_id, self.order.get(order or name, self.order[""])
            bounds = (bindparam(one, type_=BigInteger) for one in ("limit", "after"))
            found = (
                select(id)
                .where(*self.where(name, shape))
                .order_by(*by)
                .limit(next(bounds))
                .offset(next(bounds))
            )
            return select(*columns).where(*self.keyed, id.in_(found)).order_by(*by)

        return self.run(connection, ("rows", name, order), page, values, limit=limit, after=after)

    def counts(self, connection: Connection, values: Values) -> dict[str, int]:
        """Return how much work each list holds, and the other figures that are counted with them."""

        def sums(shape: frozenset[str]) -> Any:
            apart = {**self.apart, **({} if self.within is not None else self.lists)}
            each = [self._one(self.where(name, shape)).label(_plain(name)) for name in apart]
            each += [figure.label(_plain(name)) for name, figure in self.also.items()]
            if self.within is None:
                return select(*each)
            passed = [func.count().filter(*own).label(_plain(name)) for name, own in self.lists.items()]
            return select(*passed, *each).select_from(self.table).where(self.within, *self.narrowed(shape))

        names = [*self.lists, *self.apart] if self.within is not None else [*self.apart, *self.lists]
        (found,) = self.run(connection, ("counts",), sums, values)
        return dict(zip((*names, *self.also), map(int, found), strict=True))

    def run(
        self,
        connection: Connection,
        key: tuple[Any, ...],
        make: Callable[[frozenset[str]], Any],
        values: Values,
        **more: Any,
    ) -> Sequence[Any]:
        """Run the statement that `make` makes of how a list is narrowed; under `key` it is made once for each way."""
        shape = self.shape(values)
        found = self._made.get((*key, shape))
        if found is None:
            statement = make(shape)
            found = self._made[(*key, shape)] = Prepared(statement)
        stated = {name: "" if values[name] == NOT_STATED else values[name] for name in shape}
        return found.rows(connection, **{**values, **stated, **more})

    def _one(self, where: Conditions) -> Any:
        return select(func.count()).select_from(self.table).where(*where).scalar_subquery()


def _plain(name: str) -> str:
    return name.replace("-", "_")
