"""How much each process brought to each sink, and when the last of it: for the flow map."""

import sqlalchemy as sa
from alembic import context, op

revision = "0089"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table in the bridge's group; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "sink_count",
        sa.Column("sink", sa.String(), nullable=False),
        sa.Column("writer", sa.String(), nullable=False),
        sa.Column("n", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sink", "writer"),
    )
