"""The lists of reference data that somebody loaded, version by version."""

import sqlalchemy as sa
from alembic import context, op

revision = "0006"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table('reference_list',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('begins_ms', sa.BigInteger(), nullable=False),
    sa.Column('ends_ms', sa.BigInteger(), nullable=True),
    sa.Column('loaded_by', sa.String(), server_default='', nullable=False),
    sa.Column('loaded_ms', sa.BigInteger(), nullable=False),
    sa.Column('taken_back_by', sa.String(), server_default='', nullable=False),
    sa.Column('taken_back_ms', sa.BigInteger(), nullable=True),
    sa.Column('text', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'version')
    )
