"""What retention did last, kind by kind."""

import sqlalchemy as sa
from alembic import context, op

revision = "0077"
down_revision = "0101"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table for the process that keeps messages, one for those that follow."""
    for group, name in (("kept", "kept_round"), ("bridge", "bridge_round")):
        if group not in context.config.attributes["groups"]:
            continue
        op.create_table(
            name,
            sa.Column("kind", sa.String(), nullable=False),
            sa.Column("began_ms", sa.BigInteger(), nullable=False),
            sa.Column("ended_ms", sa.BigInteger(), nullable=True),
            *(
                sa.Column(each, sa.BigInteger(), nullable=False, server_default="0")
                for each in ("removed", "unresolved", "on_hold", "in_touch", "removed_ever")
            ),
            sa.Column("fault", sa.String(), nullable=False, server_default=""),
            sa.Column("fault_ms", sa.BigInteger(), nullable=True),
            sa.PrimaryKeyConstraint("kind"),
        )
