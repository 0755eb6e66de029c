"""The hourly ledger: counts at the door by hour, entries chained by hash, and what is missing."""

import sqlalchemy as sa
from alembic import context, op

revision = "0101"
down_revision = "0099"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of messages kept and of the bridge; keys stay as they are."""
    groups = context.config.attributes["groups"]
    if "kept" in groups:
        op.create_table(
            "intake_hour",
            sa.Column("feed", sa.String(), nullable=False),
            sa.Column("hour_ms", sa.BigInteger(), nullable=False),
            sa.Column("name", sa.String(), nullable=False),
            sa.Column("n", sa.BigInteger(), nullable=False, server_default="0"),
            sa.PrimaryKeyConstraint("feed", "hour_ms", "name"),
        )
        op.create_index("intake_hour_by_time", "intake_hour", ["hour_ms"])
    if "bridge" in groups:
        _entries()
        _missing()


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, server_default="")


def _entries() -> None:
    op.create_table(
        "hour_entry",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        _words("feed"),
        sa.Column("hour_ms", sa.BigInteger(), nullable=False),
        _words("kind"),
        sa.Column("corrects", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("sealed_ms", sa.BigInteger(), nullable=False),
        *map(_words, ("counts", "digests", "previous", "chain")),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("hour_entry_by_hour", "hour_entry", ["hour_ms", "feed", "number"])
    op.create_index("hour_entry_by_feed", "hour_entry", ["feed", "hour_ms", "number"])
    op.create_table(
        "hour_revisit",
        sa.Column("hour_ms", sa.BigInteger(), nullable=False),
        sa.Column("next_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour_ms"),
    )
    op.create_index("hour_revisit_by_turn", "hour_revisit", ["next_ms"])


def _missing() -> None:
    op.create_table(
        "missing_effect",
        sa.Column("hop", sa.String(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        _words("event_id"),
        sa.Column("kept_ms", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("found_ms", sa.BigInteger(), nullable=False),
        sa.Column("gone_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hop", "feed", "hour_ms", "message_id", "reader"),
    )
    still = sa.text("gone_ms IS NULL")
    op.create_index(
        "missing_effect_open", "missing_effect", ["hour_ms"], sqlite_where=still, postgresql_where=still
    )
