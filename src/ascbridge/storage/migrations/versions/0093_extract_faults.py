"""What was wrong with the columns of the newest file of each kind of a feed's."""

import sqlalchemy as sa
from alembic import context, op

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table beside the messages; the other groups stay as they are."""
    if "kept" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "extract_fault",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("files", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), server_default="", nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "files"),
    )
