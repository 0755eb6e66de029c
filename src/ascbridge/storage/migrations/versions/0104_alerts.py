"""Alerts, what is sent about them, and when nobody wants to hear."""

import sqlalchemy as sa
from alembic import context, op

revision = "0104"
down_revision = "0097"
branch_labels = None
depends_on = None


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), server_default="", nullable=False) for name in names]


def _moment(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _number() -> sa.Column[int]:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("number", big, autoincrement=True, nullable=False)


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    still_open, unsent = sa.text("over_ms IS NULL"), sa.text("sent_ms IS NULL")
    op.create_table(
        "alert", _number(), *_words("cause", "about", "text"), _moment("since_ms"), _moment("seen_ms"),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False), _moment("told_ms", null=True),
        _moment("acknowledged_ms", null=True), *_words("acknowledged_by", "acknowledged_why"),
        _moment("over_ms", null=True), *_words("late"), sa.PrimaryKeyConstraint("number"),
    )  # fmt: skip
    op.create_index(
        "alert_open", "alert", ["cause", "about"], unique=True, sqlite_where=still_open, postgresql_where=still_open
    )
    op.create_index("alert_over", "alert", ["over_ms"])
    op.create_table(
        "alert_post", _number(), *_words("route", "goes_to", "subject", "text"), _moment("made_ms"),
        _moment("next_ms"), sa.Column("tries", sa.Integer(), server_default="0", nullable=False), *_words("fault"),
        _moment("sent_ms", null=True), sa.PrimaryKeyConstraint("number"),
    )  # fmt: skip
    op.create_index("alert_post_unsent", "alert_post", ["next_ms"], sqlite_where=unsent, postgresql_where=unsent)
    op.create_index("alert_post_made", "alert_post", ["made_ms"])
    op.create_table(
        "maintenance", _number(), *_words("about"), _moment("from_ms"), _moment("until_ms"),
        *_words("why", "who"), _moment("ended_ms", null=True), *_words("ended_by"), sa.PrimaryKeyConstraint("number"),
    )  # fmt: skip
    op.create_index("maintenance_until", "maintenance", ["until_ms"])
    op.create_table(
        "part_trouble",
        sa.Column("member", sa.String(), nullable=False), sa.Column("part", sa.String(), nullable=False),
        *_words("text"), _moment("seen_ms"), sa.PrimaryKeyConstraint("member", "part"),
    )  # fmt: skip
