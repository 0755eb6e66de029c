"""How far the tables of a council's database were read, and what was last kept of each row."""

import sqlalchemy as sa
from alembic import context, op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of what arrived; the other groups stay as they are."""
    if "kept" not in context.config.attributes["groups"]:
        return
    op.create_table('polled_table',
    sa.Column('feed', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('moves', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('follows', sa.String(), server_default='', nullable=False),
    sa.Column('since', sa.String(), server_default='', nullable=False),
    sa.Column('reached', sa.String(), server_default='', nullable=False),
    sa.Column('upto', sa.String(), server_default='', nullable=False),
    sa.Column('profile', sa.String(), server_default='', nullable=False),
    sa.Column('swept_ms', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('feed', 'name')
    )
    op.create_table('polled_row',
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('feed', sa.String(), server_default='', nullable=False),
    sa.Column('name', sa.String(), server_default='', nullable=False),
    sa.Column('row_key', sa.String(), server_default='', nullable=False),
    sa.Column('digest', sa.String(), server_default='', nullable=False),
    sa.Column('recorded_ms', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('message_id', sa.String(), server_default='', nullable=False),
    sa.Column('gone_ms', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('position')
    )
    op.create_index('polled_row_by_key', 'polled_row', ['feed', 'name', 'row_key'], unique=True)
