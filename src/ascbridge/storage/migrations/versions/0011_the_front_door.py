"""The front door's tasks, what people did with them, how long requests waited, and when a review comes due.

Everybody of whom the council has spoken is looked at once, soon after the start: their time is set to long ago.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table('door_task',
        sa.Column('task_id', sa.String(), nullable=False),
        *_texts('kind', 'about', 'patient_key', 'person_id', 'status', 'signal', 'owner_team', 'claimed_by', 'since_on'),
        sa.Column('opened_ms', sa.BigInteger(), nullable=False),
        sa.Column('due_ms', sa.BigInteger(), nullable=True),
        sa.Column('closed_ms', sa.BigInteger(), nullable=True),
        sa.Column('revision', sa.Integer(), server_default='0', nullable=False),
        sa.Column('desk_version', sa.Integer(), server_default='0', nullable=False),
        sa.Column('unconfirmed', sa.Integer(), server_default='0', nullable=False),
        sa.Column('body', sa.LargeBinary(), nullable=False),
        sa.Column('explanation', sa.LargeBinary(), nullable=False),
        *_texts('invented'),
        sa.Column('changed_ms', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('task_id'),
    )
    op.create_index('door_task_by_status', 'door_task', ['status', 'since_on'], unique=False)
    op.create_index('door_task_by_patient', 'door_task', ['patient_key'], unique=False)
    op.create_index('door_task_by_person', 'door_task', ['person_id'], unique=False)
    op.create_index('door_task_by_closing', 'door_task', ['closed_ms'], unique=False)
    _partial('door_task_not_confirmed', 'door_task', 'closed_ms', 'unconfirmed > 0')
    op.create_table('door_act',
        sa.Column('act_id', sa.String(), nullable=False),
        *_texts('task_id'),
        sa.Column('version', sa.Integer(), nullable=False),
        *_texts('act', 'actor', 'role'),
        sa.Column('detail', sa.LargeBinary(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=True),
        *_texts('key_id'),
        sa.Column('at_ms', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('act_id'),
        sa.UniqueConstraint('task_id', 'version', name='one_door_act_a_version'),
    )
    op.create_table('door_request',
        sa.Column('request_id', sa.String(), nullable=False),
        *_texts('patient_key', 'person_id', 'kind', 'number', 'owner_team', 'received_on', 'referred_on', 'assessed_on',
                'cared_on'),
        sa.Column('by_date', sa.Integer(), server_default='0', nullable=False),
        *_texts('last_contact_on', 'outcome', 'waits_for'),
        sa.Column('first_ms', sa.BigInteger(), nullable=False),
        sa.Column('changed_ms', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('request_id'),
    )
    op.create_index('door_request_by_patient', 'door_request', ['patient_key'], unique=False)
    op.create_index('door_request_by_receipt', 'door_request', ['received_on'], unique=False)
    _partial('door_request_waiting', 'door_request', 'received_on', "waits_for <> ''")
    op.create_table('door_clock',
        sa.Column('patient_key', sa.String(), nullable=False),
        sa.Column('at_ms', sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint('patient_key'),
    )
    op.create_index('door_clock_by_time', 'door_clock', ['at_ms'], unique=False)
    op.execute("INSERT INTO door_clock (patient_key, at_ms) SELECT DISTINCT patient_key, 0 FROM care")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), server_default='', nullable=False) for name in names]


def _partial(name: str, table: str, column: str, where: str) -> None:
    only = sa.text(where)
    op.create_index(name, table, [column], unique=False, sqlite_where=only, postgresql_where=only)
