"""Tasks by their opening, and short-term support by its last change: what reports are made of."""

import sqlalchemy as sa
from alembic import context, op

revision = "0024"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_index('task_by_opening', 'task', ['opened_ms'], unique=False)
    only = sa.text("slot >= 'short_term:' AND slot < 'short_term;'")
    op.create_index('care_short_term', 'care', ['changed_ms'], unique=False, sqlite_where=only, postgresql_where=only)
