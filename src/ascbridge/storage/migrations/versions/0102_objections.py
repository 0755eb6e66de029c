"""Objections to sharing, the newest first: for whoever keeps them."""

from alembic import context, op
from sqlalchemy import text

revision = "0102"
down_revision = "0093"
branch_labels = None
depends_on = None

_OBJECTION = text("slot = 'objection'")


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_index(
        "care_objection", "care", ["changed_ms"], sqlite_where=_OBJECTION, postgresql_where=_OBJECTION
    )
