"""Links by which a case system opens one person's record."""

import sqlalchemy as sa
from alembic import context, op

revision = "0083"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "record_link",
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), server_default="", nullable=False),
        sa.Column("made_by", sa.String(), server_default="", nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("link"),
    )
    op.create_index("record_link_by_end", "record_link", ["until_ms"])
