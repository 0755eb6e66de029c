"""Numbers that a feed gave to messages that never came."""

import sqlalchemy as sa
from alembic import context, op

revision = "0092"
down_revision = "0090"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table beside the messages; the other groups stay as they are."""
    if "kept" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "number_gap",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("first_id", sa.String(), nullable=False),
        sa.Column("last_id", sa.String(), server_default="", nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("noticed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "first_id"),
    )
    op.create_index("number_gap_noticed", "number_gap", ["noticed_ms"])
