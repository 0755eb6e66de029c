"""What hospitals are told of the work on their patients, and since when each is told."""

import sqlalchemy as sa
from alembic import context, op

revision = "0026"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table('reply',
        sa.Column('reply_id', sa.String(), nullable=False),
        *_texts('receiver', 'task_id', 'spell_key', 'subject', 'progress', 'reason', 'owner_team'),
        sa.Column('since_ms', sa.BigInteger(), nullable=False),
        sa.Column('due_ms', sa.BigInteger(), nullable=True),
        *_texts('control_id', 'state', 'note'),
        sa.Column('tries', sa.Integer(), server_default='0', nullable=False),
        sa.Column('queued_ms', sa.BigInteger(), nullable=False),
        sa.Column('next_ms', sa.BigInteger(), nullable=False),
        sa.Column('settled_ms', sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint('reply_id'),
    )
    op.create_index('reply_by_task', 'reply', ['task_id', 'queued_ms'], unique=False)
    _partial('reply_waiting', ['receiver', 'queued_ms'], "state = 'waiting'")
    _partial('reply_in_trouble', ['settled_ms'], "state IN ('refused', 'given-up')")
    op.create_table('reply_receiver',
        sa.Column('receiver', sa.String(), nullable=False),
        sa.Column('since_ms', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('receiver'),
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), server_default='', nullable=False) for name in names]


def _partial(name: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, 'reply', columns, unique=False, sqlite_where=only, postgresql_where=only)
