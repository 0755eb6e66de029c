"""How far a reading of a whole table of a council's database has got: a restart goes on with it."""

import sqlalchemy as sa
from alembic import context, op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of what arrived; the other groups stay as they are."""
    if "kept" not in context.config.attributes["groups"]:
        return
    op.create_table('polled_sweep',
    sa.Column('feed', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('profile', sa.String(), server_default='', nullable=False),
    sa.Column('began_ms', sa.BigInteger(), nullable=False),
    sa.Column('last_position', sa.BigInteger(), nullable=False),
    sa.Column('after', sa.LargeBinary(), nullable=False),
    sa.Column('seen', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('feed', 'name')
    )
