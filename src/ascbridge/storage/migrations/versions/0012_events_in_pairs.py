"""What two case systems say, event by event, and how it pairs."""

import sqlalchemy as sa
from alembic import context, op

revision = "0012"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add tables to the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table('said_event',
        sa.Column('event_id', sa.String(), nullable=False),
        *_texts('message_id', 'feed', 'event_type', 'patient_key', 'slot'),
        sa.Column('at_ms', sa.BigInteger(), nullable=False),
        sa.Column('kept_ms', sa.BigInteger(), nullable=False),
        *_texts('stamp'),
        sa.Column('value', sa.LargeBinary(), nullable=False),
        *_texts('sealed_digest', 'state', 'strand', 'verdict', 'partner', 'fields'),
        sa.Column('put_right', sa.Integer(), server_default='0', nullable=False),
        *_texts('day'),
        sa.Column('due_ms', sa.BigInteger(), server_default='0', nullable=False),
        sa.PrimaryKeyConstraint('event_id'),
    )
    op.create_index('said_event_by_message', 'said_event', ['message_id'], unique=False)
    op.create_index('said_event_by_patient', 'said_event', ['patient_key', 'event_id'], unique=False)
    op.create_index('said_event_by_strand', 'said_event', ['strand'], unique=False)
    _partial('said_event_waiting', ['patient_key', 'event_id'], "state <> 'paired'")
    off = "verdict IN ('differs', 'missing', 'extra')"
    _partial('said_event_off', ['day', 'event_id'], off)
    _partial('said_event_off_by_type', ['event_type', 'day', 'event_id'], off)
    _partial('said_event_due', ['due_ms'], "verdict IN ('missing', 'extra')")
    op.create_table('pair_count',
        *[sa.Column(name, sa.String(), nullable=False) for name in ('pair', 'day', 'event_type', 'verdict')],
        sa.Column('put_right', sa.Integer(), nullable=False),
        sa.Column('n', sa.BigInteger(), server_default='0', nullable=False),
        sa.PrimaryKeyConstraint('pair', 'day', 'event_type', 'verdict', 'put_right'),
    )
    op.create_table('pairing_round',
        sa.Column('pair', sa.String(), nullable=False),
        *_texts('rules'),
        sa.Column('after', sa.String(), nullable=True),
        sa.PrimaryKeyConstraint('pair'),
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), server_default='', nullable=False) for name in names]


def _partial(name: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, 'said_event', columns, unique=False, sqlite_where=only, postgresql_where=only)
