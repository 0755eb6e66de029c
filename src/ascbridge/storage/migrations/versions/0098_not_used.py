"""What feeds send that nothing here uses."""

import sqlalchemy as sa
from alembic import context, op

revision = "0098"
down_revision = "0096"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What messages hold stands in the bridge's tables, what files and databases hold beside what was kept."""
    for group, name in (("bridge", "unmapped"), ("kept", "unread_column")):
        if group not in context.config.attributes["groups"]:
            continue
        op.create_table(
            name,
            *(sa.Column(key, sa.String(), nullable=False) for key in ("feed", "kind", "place")),
            sa.Column("n", sa.BigInteger(), nullable=False, server_default="0"),
            sa.Column("sample", sa.String(), nullable=False, server_default=""),
            sa.Column("first_ms", sa.BigInteger(), nullable=False),
            sa.Column("last_ms", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("feed", "kind", "place"),
        )
