"""Legal holds: what must not be erased while they stand."""

import sqlalchemy as sa
from alembic import context, op

revision = "0097"
down_revision = "0098"
branch_labels = None
depends_on = None


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, server_default="")


def upgrade() -> None:
    """Make the table in the bridge's group; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "legal_hold",
        sa.Column("hold_id", sa.String(), nullable=False),
        *map(_words, ("kind", "about", "keys", "why", "who")),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        *map(_words, ("ended_by", "ended_why")),
        sa.PrimaryKeyConstraint("hold_id"),
    )
    stands = sa.text("ended_ms IS NULL")
    op.create_index(
        "legal_hold_stands", "legal_hold", ["hold_id"], sqlite_where=stands, postgresql_where=stands
    )
