"""People who are published again: who asked for it, how far it is, how fast it goes."""

import sqlalchemy as sa
from alembic import context, op

revision = "0068"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table in the bridge's group; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "republishing",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("sink", sa.String(), server_default="", nullable=False),
        sa.Column("what", sa.String(), server_default="", nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), server_default="", nullable=False),
        sa.Column("per_second", sa.Integer(), nullable=False),
        sa.Column("reached", sa.String(), server_default="", nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("marked", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("asked_by", sa.String(), server_default="", nullable=False),
        sa.Column("why", sa.String(), server_default="", nullable=False),
        sa.Column("begun_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_id"),
    )
