"""What is urgent while the discharge team is closed, and what people did about it."""

import sqlalchemy as sa
from alembic import context, op

revision = "0031"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    texts = ("spell_key", "code", "list_version", "patient_key", "person_id", "status")
    stands, to_take = sa.text("stands > 0"), sa.text("night_version > taken_version")
    op.create_table('urgent_matter',
        sa.Column('matter_id', sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), server_default='', nullable=False) for name in texts),
        sa.Column('since_ms', sa.BigInteger(), nullable=False),
        sa.Column('heard_ms', sa.BigInteger(), nullable=False),
        sa.Column('changed_ms', sa.BigInteger(), nullable=False),
        sa.Column('stands', sa.Integer(), server_default='0', nullable=False),
        sa.Column('fact', sa.LargeBinary(), nullable=False),
        sa.Column('version', sa.Integer(), server_default='0', nullable=False),
        sa.Column('night_version', sa.Integer(), server_default='0', nullable=False),
        sa.Column('taken_version', sa.Integer(), server_default='0', nullable=False),
        sa.Column('invented', sa.String(), server_default='', nullable=False),
        sa.PrimaryKeyConstraint('matter_id'),
        sa.UniqueConstraint('spell_key', 'code', name='one_matter_of_a_kind'),
    )
    op.create_index('urgent_by_person', 'urgent_matter', ['person_id'], unique=False)
    op.create_index('urgent_by_change', 'urgent_matter', ['changed_ms'], unique=False)
    op.create_index('urgent_stands', 'urgent_matter', ['since_ms'], unique=False,
        sqlite_where=stands, postgresql_where=stands)
    op.create_index('urgent_to_take_up', 'urgent_matter', ['changed_ms'], unique=False,
        sqlite_where=to_take, postgresql_where=to_take)
    op.create_table('urgent_act',
        sa.Column('act_id', sa.String(), nullable=False),
        sa.Column('task_id', sa.String(), server_default='', nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), server_default='', nullable=False) for name in ("act", "actor", "role")),
        sa.Column('detail', sa.LargeBinary(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=True),
        sa.Column('key_id', sa.String(), server_default='', nullable=False),
        sa.Column('at_ms', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('act_id'),
        sa.UniqueConstraint('task_id', 'version', name='one_urgent_act_a_version'),
    )
