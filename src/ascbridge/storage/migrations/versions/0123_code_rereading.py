"""What was read before codes came to mean something else is read again."""

import sqlalchemy as sa
from alembic import context, op

revision = "0123"
down_revision = "0120"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "code_rereading",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(), nullable=False, server_default=""),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("after", sa.String(), nullable=False, server_default=""),
        sa.Column("looked", sa.Integer(), nullable=False),
        sa.Column("again", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("feed", "at_ms"),
    )
