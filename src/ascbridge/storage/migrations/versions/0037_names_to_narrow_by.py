"""Small indexes of work to be done, by ward, by locality and by who has it, and two that hold all that is asked of them.

The views of the desk ask which names there are, and what is one's own, without going over all work that is to be done;
where they do go over it, SQLite reads the index alone only if the index's own condition stands in it.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0037"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    only = sa.text("to_do > 0")
    for name, columns in (
        ("task_to_do_ward", ["generation", "ward"]),
        ("task_to_do_locality", ["generation", "locality"]),
        ("task_to_do_holder", ["generation", "claimed_by", "due_order", "opened_ms", "task_id"]),
    ):
        op.create_index(name, "task", columns, unique=False, sqlite_where=only, postgresql_where=only)
    op.drop_index("task_to_do", "task")
    op.create_index(
        "task_to_do", "task",
        ["due_order", "opened_ms", "task_id", "generation", "status", "signal", "stage", "owner_team", "claimed_by", "looks",
         "look_ms", "unconfirmed", "ward", "locality", "pathway", "leaves_on", "escalates_order", "delay", "to_do"],
        unique=False, sqlite_where=only, postgresql_where=only,
    )  # fmt: skip
    op.drop_index("task_by_change", "task")
    op.create_index("task_by_change", "task", ["moved_ms", "generation"], unique=False)
