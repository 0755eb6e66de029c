"""Who signed in to work at the desk, so that work can be given to them. Whoever signs in again is known again."""

import sqlalchemy as sa
from alembic import context, op

revision = "0019"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table('colleague',
        sa.Column('who', sa.String(), nullable=False),
        sa.Column('role', sa.String(), nullable=False),
        sa.Column('seen_ms', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('who', 'role'),
    )
