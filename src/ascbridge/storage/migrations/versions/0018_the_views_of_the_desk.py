"""What the views of the desk ask tasks by, and one index of all work that is to be done.

What is closed and needs no look is not in that index, and its new columns stay empty but for the time of its last
change. Localities are filled in as people's tasks are decided upon again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa
from alembic import context, op

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0018"
down_revision = "0011"
branch_labels = None
depends_on = None

LAST = 8_640_000_000_000_000


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    for name, kind in (
        ("to_do", sa.Integer()), ("due_order", sa.BigInteger()), ("look_ms", sa.BigInteger()), ("moved_ms", sa.BigInteger()),
    ):
        op.add_column("task", sa.Column(name, kind, server_default="0", nullable=False))
    for name in ("ward", "locality", "pathway", "leaves_on"):
        op.add_column("task", sa.Column(name, sa.String(), server_default="", nullable=False))
    _fill()
    op.create_index("task_by_change", "task", ["moved_ms"], unique=False)
    only = sa.text("to_do > 0")
    op.create_index(
        "task_to_do", "task",
        ["due_order", "opened_ms", "task_id", "generation", "status", "signal", "stage", "owner_team", "claimed_by", "looks",
         "look_ms", "unconfirmed", "ward", "locality", "pathway", "leaves_on"],
        unique=False, sqlite_where=only, postgresql_where=only,
    )


def _fill() -> None:
    bind = op.get_bind()
    bind.execute(sa.text("UPDATE task SET moved_ms = changed_ms"))
    rows = list(_rows(bind))
    if rows:
        bind.execute(
            sa.text(
                "UPDATE task SET to_do = 1, due_order = :due_order, look_ms = :look_ms, ward = :ward, leaves_on = :leaves_on "
                "WHERE generation = :generation AND task_id = :task_id"
            ),
            rows,
        )


def _rows(bind: sa.Connection) -> Iterator[dict[str, Any]]:
    """Give the new values of each task that is to be done."""
    wanted = sa.text(
        "SELECT t.generation, t.task_id, t.due_ms, t.looks, t.body, s.explanation FROM task t LEFT JOIN spell s "
        "ON s.spell_key = t.spell_key AND s.generation = t.generation "
        "WHERE t.looks > 0 OR t.status NOT IN ('completed', 'cancelled', 'entered-in-error')"
    )
    for generation, task_id, due_ms, looks, body, explanation in bind.execute(wanted):
        fact = orjson.loads(bytes(body))
        ward = fact.get("ward") or {}
        told = orjson.loads(bytes(explanation)) if explanation else {}
        since = [one["since_ms"] for one in told.get("looks", ()) if not one["settled"]]
        yield {
            "generation": generation,
            "task_id": task_id,
            "due_order": LAST if due_ms is None else due_ms,
            "look_ms": min(since, default=0) if looks else 0,
            "ward": ", ".join(filter(None, (ward.get("ward"), ward.get("site")))),
            "leaves_on": (fact.get("planned_discharge") or fact.get("expected_discharge") or "")[:10],
        }
