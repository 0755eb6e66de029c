"""What each kind of retention did last: how much it removed, what it left and why, and whether it failed. No ids."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.storage.tables import bridge_round, kept_round
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

LONGEST_FAULT = 200


@dataclass(frozen=True, slots=True)
class Portion:
    """What a part of a round came to: removed, and left though it is old enough: unresolved, on a legal hold, or of a
    person of whom something newer is kept. `after`: where the next part begins; None: this was the last.
    """

    removed: int = 0
    unresolved: int = 0
    on_hold: int = 0
    in_touch: int = 0
    after: str | None = None

    def with_(self, other: Portion) -> Portion:
        """Return both together."""
        return Portion(
            self.removed + other.removed,
            self.unresolved + other.unresolved,
            self.on_hold + other.on_hold,
            self.in_touch + other.in_touch,
            other.after,
        )


@dataclass(frozen=True, slots=True)
class Round:
    """The last round of one kind, as `Portion` says; `ended_ms`: when one last came to its end. UTC epoch ms."""

    kind: str
    began_ms: int
    ended_ms: int | None = None
    removed: int = 0
    unresolved: int = 0
    on_hold: int = 0
    in_touch: int = 0
    removed_ever: int = 0
    fault: str = ""
    fault_ms: int | None = None


def ended(
    connection: Connection, table: Table, kind: str, came_to: Portion, began_ms: int, now_ms: int
) -> None:
    """Write down a round that came to its end."""
    before = known(connection, table).get(kind)
    ever = (before.removed_ever if before else 0) + came_to.removed
    made = Round(
        kind, began_ms, now_ms, came_to.removed, came_to.unresolved, came_to.on_hold, came_to.in_touch, ever
    )
    upsert(connection, table, [asdict(made)])


def failed(
    connection: Connection, table: Table, kind: str, fault: str, removed: int, began_ms: int, now_ms: int
) -> None:
    """Write down why a round did not come to its end; what it had removed by then counts."""
    before = known(connection, table).get(kind) or Round(kind, began_ms)
    made = asdict(before) | {
        "removed_ever": before.removed_ever + removed, "fault": fault[:LONGEST_FAULT], "fault_ms": now_ms,
    }  # fmt: skip
    upsert(connection, table, [made])


def rounds(connection: Connection) -> dict[str, Round]:
    """Return the last round of every kind that there was."""
    return known(connection, kept_round) | known(connection, bridge_round)


def known(connection: Connection, table: Table) -> dict[str, Round]:
    """Return the last round of every kind that one process does."""
    columns = [table.c[name] for name in Round.__slots__]
    return {row.kind: Round(*row) for row in connection.execute(select(*columns).order_by(table.c.kind))}
