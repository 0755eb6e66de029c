"""Records opened without a relationship, and contacts that make one."""

import sqlalchemy as sa
from alembic import context, op

revision = "0057"
down_revision = "0047"
branch_labels = None
depends_on = None


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), server_default="", nullable=False) for name in names]


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "opening",
        sa.Column("opening_id", sa.String(), nullable=False),
        *_text("person_id", "who", "role", "organisation", "sign_in", "reason"),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        *_text("key_id"),
        *[sa.Column(name, sa.BigInteger(), nullable=False) for name in ("at_ms", "until_ms", "due_ms")],
        *_text("outcome", "reviewed_by"),
        sa.Column("review_sealed", sa.LargeBinary(), nullable=True),
        *_text("review_key_id"),
        sa.Column("reviewed_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("opening_id"),
    )
    waits, reviewed = sa.text("outcome = ''"), sa.text("outcome <> ''")
    op.create_index("opening_by_reader", "opening", ["person_id", "who", "until_ms"])
    op.create_index("opening_waiting", "opening", ["due_ms"], sqlite_where=waits, postgresql_where=waits)
    op.create_index(
        "opening_reviewed", "opening", ["reviewed_ms"], sqlite_where=reviewed, postgresql_where=reviewed
    )
    op.create_table(
        "duty_contact",
        sa.Column("contact_id", sa.String(), nullable=False),
        *_text("person_id", "who", "role", "sign_in", "caller"),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        *_text("key_id"),
        *[sa.Column(name, sa.BigInteger(), nullable=False) for name in ("at_ms", "until_ms")],
        sa.PrimaryKeyConstraint("contact_id"),
    )
    op.create_index("duty_contact_by_reader", "duty_contact", ["person_id", "who", "until_ms"])
