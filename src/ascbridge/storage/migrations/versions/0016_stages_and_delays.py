"""From when late work is told to another team, and why somebody who is ready stays; both in the index of work to be done.

Stages of former names are found by their present ones. Tasks take up the rest when they are decided upon again.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    last = "8640000000000000"
    op.add_column("task", sa.Column("escalates_order", sa.BigInteger(), server_default=last, nullable=False))
    op.add_column("task", sa.Column("delay", sa.String(), server_default="", nullable=False))
    op.execute("UPDATE task SET stage = 'accepted' WHERE stage = 'claimed'")
    op.execute("UPDATE task SET stage = 'sourcing' WHERE stage = 'arranging'")
    only = sa.text("to_do > 0")
    op.drop_index("task_to_do", "task")
    op.create_index(
        "task_to_do", "task",
        ["due_order", "opened_ms", "task_id", "generation", "status", "signal", "stage", "owner_team", "claimed_by", "looks",
         "look_ms", "unconfirmed", "ward", "locality", "pathway", "leaves_on", "escalates_order", "delay"],
        unique=False, sqlite_where=only, postgresql_where=only,
    )
