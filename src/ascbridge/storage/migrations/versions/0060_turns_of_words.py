"""Each last word says in which turn it was written, so that who compared before finds what was said since."""

import sqlalchemy as sa
from alembic import context, op

revision = "0060"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the turn to the words of the bridge; those that are there are of none."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.add_column("feed_word", sa.Column("turn", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("feed_word_by_turn", "feed_word", ["turn"], unique=False)
