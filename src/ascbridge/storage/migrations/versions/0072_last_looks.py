"""When each reader last looked at a person."""

import sqlalchemy as sa
from alembic import context, op

revision = "0072"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "last_look",
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.Column("before_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("reader", "person_id"),
    )
