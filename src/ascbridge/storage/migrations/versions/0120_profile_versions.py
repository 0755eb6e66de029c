"""Feed profiles that are changed without a restart."""

import sqlalchemy as sa
from alembic import context, op

revision = "0120"
down_revision = "0113"
branch_labels = None
depends_on = None


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, server_default="")


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "profile_version",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *map(_words, ("body", "sha256", "over", "said", "why", "made_by", "made_in")),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        *map(_words, ("state", "decided_by", "decided_why")),
        sa.Column("decided_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("feed", "number"),
    )
    op.create_table(
        "profile_activation",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *map(_words, ("who", "why")),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "from_ms"),
    )
