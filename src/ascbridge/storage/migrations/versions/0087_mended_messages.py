"""Messages as somebody changed them, beside the originals."""

import sqlalchemy as sa
from alembic import context, op

revision = "0087"
down_revision = "0080"
branch_labels = None
depends_on = None


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, server_default="")


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "mending",
        sa.Column("mending_id", sa.String(), nullable=False),
        *map(_words, ("message_id", "dead_id", "feed", "key_id")),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        *map(_words, ("places", "about_whom")),
        sa.Column("foreseen", sa.LargeBinary(), nullable=False),
        sa.Column("foreseen_ms", sa.BigInteger(), nullable=False),
        *map(_words, ("why", "made_by", "made_in")),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        *map(_words, ("state", "decided_by", "decided_why")),
        sa.Column("decided_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("mending_id"),
    )
    op.create_index("mending_by_message", "mending", ["message_id"])
    op.create_index("mending_by_letter", "mending", ["dead_id"])
    in_force = sa.text("state = 'in force'")
    op.create_index(
        "mending_in_force",
        "mending",
        ["message_id"],
        unique=True,
        sqlite_where=in_force,
        postgresql_where=in_force,
    )
