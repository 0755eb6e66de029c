"""What each team was told of by e-mail."""

import sqlalchemy as sa
from alembic import context, op

revision = "0027"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table('nudged',
        sa.Column('team', sa.String(), nullable=False),
        sa.Column('tasks', sa.LargeBinary(), nullable=False),
        sa.Column('at_ms', sa.BigInteger(), nullable=False),
        sa.Column('day', sa.String(), server_default='', nullable=False),
        sa.PrimaryKeyConstraint('team'),
    )
