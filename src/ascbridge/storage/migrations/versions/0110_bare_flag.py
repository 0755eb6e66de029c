"""Behind the wall: which bare Flag the sink may hold, where a switch that ships off lets it hold any."""

import sqlalchemy as sa
from alembic import context, op

revision = "0110"
down_revision = "0102"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table behind the wall; the bridge's own databases stay as they are."""
    if "safeguarding" in context.config.attributes["groups"]:
        op.create_table(
            "bare_flag",
            sa.Column("flag_id", sa.String(), primary_key=True),
            sa.Column("concern_id", sa.String(), server_default="", nullable=False),
            sa.Column("state", sa.String(), server_default="", nullable=False),
            sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        )
