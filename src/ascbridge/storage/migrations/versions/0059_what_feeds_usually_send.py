"""How much each feed sends by five minutes, and which feeds are quiet as they never are."""

import sqlalchemy as sa
from alembic import context, op

revision = "0059"
down_revision = "0073"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "arrival_count",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("slot_ms", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "slot_ms", "kind"),
    )
    op.create_table(
        "arrival_read",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "feed_quiet",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("usual", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "kind"),
    )
