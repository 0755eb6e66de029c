"""How far files of history were read, and of whom history may not be whole yet."""

import sqlalchemy as sa
from alembic import context, op

revision = "0013"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table to what arrived, and one to the bridge."""
    if "kept" in context.config.attributes["groups"]:
        counts = (sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
                  for name in ("lines", "kept", "duplicate", "refused"))  # fmt: skip
        op.create_table(
            "history_file",
            sa.Column("feed", sa.String(), nullable=False),
            sa.Column("name", sa.String(), nullable=False),
            sa.Column("identity", sa.String(), server_default="", nullable=False),
            *counts,
            sa.Column("began_ms", sa.BigInteger(), nullable=False),
            sa.Column("changed_ms", sa.BigInteger(), nullable=False),
            sa.Column("ended_ms", sa.BigInteger(), nullable=True),
            sa.PrimaryKeyConstraint("feed", "name"),
        )
    if "bridge" in context.config.attributes["groups"]:
        op.create_table(
            "history_person",
            sa.Column("patient_key", sa.String(), nullable=False),
            sa.Column("before_ms", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("patient_key"),
        )
