"""A row of a code map says from which shadow it was asked for, so that all of one shadow are decided together."""

import sqlalchemy as sa
from alembic import context, op

revision = "0070"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column in the bridge's group; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.add_column("map_version", sa.Column("shadow", sa.String(), server_default="", nullable=False))
