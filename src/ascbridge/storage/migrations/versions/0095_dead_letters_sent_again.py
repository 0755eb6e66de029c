"""Many dead letters that are sent again: who asked for it, how far it is, how fast it goes."""

import sqlalchemy as sa
from alembic import context, op

revision = "0095"
down_revision = "0087"
branch_labels = None
depends_on = None


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, server_default="")


def upgrade() -> None:
    """Make the table in the bridge's group; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "replay_run",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("about", sa.LargeBinary(), nullable=False),
        _words("state"),
        sa.Column("per_second", sa.Integer(), nullable=False),
        sa.Column("letters", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.BigInteger(), server_default="0", nullable=False),
        *map(_words, ("asked_by", "role", "why")),
        sa.Column("begun_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_id"),
    )
