"""What became of each file that was fetched from another system's folder."""

import sqlalchemy as sa
from alembic import context, op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table to what is kept; the other groups stay as they are."""
    if "kept" not in context.config.attributes["groups"]:
        return
    op.create_table(
        'fetched_file',
        sa.Column('remote', sa.String(), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('size', sa.BigInteger(), nullable=False),
        sa.Column('modified_ms', sa.BigInteger(), nullable=False),
        sa.Column('stage', sa.String(), server_default='', nullable=False),
        sa.Column('reports', sa.String(), server_default='', nullable=False),
        sa.Column('seen_ms', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('remote', 'name'),
    )
