"""Work that is split off a discharge task, and what people did with it."""

import sqlalchemy as sa
from alembic import context, op

revision = "0021"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table('sub_task',
        sa.Column('task_id', sa.String(), nullable=False),
        *_texts('parent_id', 'spell_key', 'kind', 'about', 'patient_key', 'person_id', 'status', 'tell', 'owner_team',
                'claimed_by'),
        sa.Column('opened_ms', sa.BigInteger(), nullable=False),
        sa.Column('due_ms', sa.BigInteger(), nullable=True),
        sa.Column('closed_ms', sa.BigInteger(), nullable=True),
        sa.Column('revision', sa.Integer(), server_default='0', nullable=False),
        sa.Column('desk_version', sa.Integer(), server_default='0', nullable=False),
        sa.Column('blocks', sa.Integer(), server_default='0', nullable=False),
        sa.Column('body', sa.LargeBinary(), nullable=False),
        *_texts('invented'),
        sa.Column('changed_ms', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('task_id'),
    )
    op.create_index('sub_task_by_spell', 'sub_task', ['spell_key'], unique=False)
    op.create_index('sub_task_by_status', 'sub_task', ['status', 'due_ms'], unique=False)
    op.create_index('sub_task_by_patient', 'sub_task', ['patient_key'], unique=False)
    op.create_index('sub_task_by_person', 'sub_task', ['person_id'], unique=False)
    op.create_index('sub_task_by_closing', 'sub_task', ['closed_ms'], unique=False)
    only = sa.text("tell <> ''")
    op.create_index('sub_task_to_tell', 'sub_task', ['changed_ms'], unique=False, sqlite_where=only,
        postgresql_where=only)
    op.create_table('sub_act',
        sa.Column('act_id', sa.String(), nullable=False),
        *_texts('task_id', 'parent_id', 'spell_key'),
        sa.Column('version', sa.Integer(), nullable=False),
        *_texts('act', 'actor', 'role'),
        sa.Column('detail', sa.LargeBinary(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=True),
        *_texts('key_id'),
        sa.Column('at_ms', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('act_id'),
        sa.UniqueConstraint('task_id', 'version', name='one_sub_act_a_version'),
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), server_default='', nullable=False) for name in names]
