"""What people did with the information that goes with a person."""

import sqlalchemy as sa
from alembic import context, op

revision = "0022"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table('pack_act',
        sa.Column('act_id', sa.String(), nullable=False),
        sa.Column('task_id', sa.String(), server_default='', nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), server_default='', nullable=False) for name in ('act', 'actor', 'role')),
        sa.Column('detail', sa.LargeBinary(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=True),
        sa.Column('key_id', sa.String(), server_default='', nullable=False),
        sa.Column('at_ms', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('act_id'),
        sa.UniqueConstraint('task_id', 'version', name='one_pack_act_a_version'),
    )
