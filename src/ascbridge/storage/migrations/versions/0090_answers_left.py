"""When the answers to what was kept at one moment had left."""

import sqlalchemy as sa
from alembic import context, op

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table beside the messages; the other groups stay as they are."""
    if "kept" not in context.config.attributes["groups"]:
        return
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "answer_left",
        sa.Column("received_ms", big, autoincrement=False, nullable=False),
        sa.Column("feed", sa.String(), server_default="", nullable=False),
        sa.Column("left_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("received_ms"),
    )
