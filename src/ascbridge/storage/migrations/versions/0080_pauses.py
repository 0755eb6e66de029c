"""What somebody stopped on purpose, and what waits for it to go on."""

import sqlalchemy as sa
from alembic import context, op

revision = "0080"
down_revision = "0084"
branch_labels = None
depends_on = None


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), server_default="", nullable=False) for name in names]


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    still_open = sa.text("ended_ms IS NULL")
    op.create_table(
        "pause",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        *_words("kind", "name", "mode"),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        *_words("who", "role", "why", "ring"),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        *_words("ended_by", "ended_why"),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(
        "pause_open", "pause", ["kind", "name"], unique=True, sqlite_where=still_open, postgresql_where=still_open
    )
    op.create_table(
        "set_aside",
        sa.Column("consumer", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        *_words("kind", "name", "lane", "headers"),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "topic", "partition", "offset"),
    )
    op.create_index("set_aside_by_lane", "set_aside", ["consumer", "lane"])
    op.create_index("set_aside_by_name", "set_aside", ["kind", "name", "lane"])
    op.create_index("set_aside_in_order", "set_aside", ["consumer", "name", "topic", "partition", "offset"])
