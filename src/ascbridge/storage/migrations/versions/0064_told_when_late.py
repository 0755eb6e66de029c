"""Which team hears of late work, in the index of work to be done: that team's list is read as quickly as any other."""

import sqlalchemy as sa
from alembic import context, op

revision = "0064"
down_revision = "0058"
branch_labels = None
depends_on = None

_SAID = {
    "sqlite": "json_extract(CAST(body AS TEXT), '$.escalates_to')",
    "postgresql": "convert_from(body, 'UTF8')::json ->> 'escalates_to'",
}


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.add_column("task", sa.Column("escalates_to", sa.String(), server_default="", nullable=False))
    said = _SAID[op.get_bind().dialect.name]
    op.execute(f"UPDATE task SET escalates_to = coalesce({said}, '') WHERE to_do > 0")
    only = sa.text("to_do > 0")
    op.drop_index("task_to_do", "task")
    op.create_index(
        "task_to_do", "task",
        ["due_order", "opened_ms", "task_id", "generation", "status", "signal", "stage", "owner_team", "claimed_by", "looks",
         "look_ms", "unconfirmed", "ward", "locality", "pathway", "leaves_on", "escalates_order", "escalates_to", "delay",
         "to_do"],
        unique=False, sqlite_where=only, postgresql_where=only,
    )  # fmt: skip
