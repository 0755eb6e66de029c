"""Behind the safeguarding wall: concerns, what was done with them, what came in, and a log, audit and keys of their own."""

import sqlalchemy as sa
from alembic import context, op

revision = "0023"
down_revision = "0019"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table behind the wall; the bridge's own databases stay as they are."""
    if "safeguarding" not in context.config.attributes["groups"]:
        return
    op.create_table('adult',
    sa.Column('lookup', sa.String(), nullable=False),
    sa.Column('subject_key', sa.String(), server_default='', nullable=False),
    sa.Column('known_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('lookup')
    )
    op.create_index('adult_by_subject', 'adult', ['subject_key'], unique=False)
    op.create_table('audit',
    sa.Column('position', BIG, autoincrement=True, nullable=False),
    sa.Column('writer', sa.String(), server_default='', nullable=False),
    sa.Column('day', sa.String(), server_default='', nullable=False),
    sa.Column('at_ms', sa.BigInteger(), nullable=False),
    sa.Column('who', sa.String(), server_default='', nullable=False),
    sa.Column('role', sa.String(), server_default='', nullable=False),
    sa.Column('what', sa.String(), server_default='', nullable=False),
    sa.Column('whom', sa.String(), server_default='', nullable=False),
    sa.Column('why', sa.String(), server_default='', nullable=False),
    sa.Column('where_from', sa.String(), server_default='', nullable=False),
    sa.Column('result', sa.String(), server_default='', nullable=False),
    sa.Column('previous', sa.String(), server_default='', nullable=False),
    sa.Column('chain', sa.String(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('position')
    )
    op.create_index('audit_by_date', 'audit', ['day', 'position'], unique=False)
    op.create_index('audit_by_day', 'audit', ['writer', 'day', 'position'], unique=False)
    op.create_index('audit_by_who', 'audit', ['who', 'position'], unique=False)
    op.create_index('audit_by_whom', 'audit', ['whom', 'at_ms'], unique=False)
    op.create_table('concern',
    sa.Column('concern_id', sa.String(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('subject_key', sa.String(), server_default='', nullable=False),
    sa.Column('source_lookup', sa.String(), server_default='', nullable=False),
    sa.Column('status', sa.String(), server_default='', nullable=False),
    sa.Column('team', sa.String(), server_default='', nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('raised_ms', sa.BigInteger(), nullable=False),
    sa.Column('due_ms', sa.BigInteger(), nullable=True),
    sa.Column('closed_ms', sa.BigInteger(), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(), server_default='', nullable=False),
    sa.Column('changed_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('concern_id'),
    sa.UniqueConstraint('reference')
    )
    op.create_index('concern_by_closing', 'concern', ['closed_ms'], unique=False)
    op.create_index('concern_by_source', 'concern', ['source_lookup'], unique=False)
    op.create_index('concern_by_subject', 'concern', ['subject_key', 'raised_ms'], unique=False)
    op.create_index('concern_open', 'concern', ['team'], unique=False, sqlite_where=sa.text('closed_ms IS NULL'), postgresql_where=sa.text('closed_ms IS NULL'))
    op.create_table('concern_act',
    sa.Column('act_id', sa.String(), nullable=False),
    sa.Column('concern_id', sa.String(), server_default='', nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('at_ms', sa.BigInteger(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('act_id'),
    sa.UniqueConstraint('concern_id', 'version', name='one_concern_act_a_version')
    )
    op.create_table('data_key',
    sa.Column('key_id', sa.String(), nullable=False),
    sa.Column('owner_key', sa.String(), server_default='', nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=True),
    sa.Column('created_ms', sa.BigInteger(), nullable=False),
    sa.Column('erased_ms', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('key_id')
    )
    op.create_index('data_key_by_owner', 'data_key', ['owner_key'], unique=False)
    op.create_table('event_log',
    sa.Column('position', BIG, autoincrement=True, nullable=False),
    sa.Column('topic', sa.String(), server_default='', nullable=False),
    sa.Column('partition', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), server_default='', nullable=False),
    sa.Column('event_id', sa.String(), server_default='', nullable=False),
    sa.Column('time_ms', sa.BigInteger(), nullable=False),
    sa.Column('headers', sa.String(), server_default='', nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('position')
    )
    op.create_index('event_log_by_event', 'event_log', ['event_id'], unique=False)
    op.create_index('event_log_by_partition', 'event_log', ['topic', 'partition', 'position'], unique=False)
    op.create_table('walled_message',
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('way', sa.String(), server_default='', nullable=False),
    sa.Column('digest', sa.String(), server_default='', nullable=False),
    sa.Column('outcome', sa.String(), server_default='', nullable=False),
    sa.Column('cause', sa.String(), server_default='', nullable=False),
    sa.Column('concern_id', sa.String(), server_default='', nullable=False),
    sa.Column('reference', sa.String(), server_default='', nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(), server_default='', nullable=False),
    sa.Column('received_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('message_id')
    )
    op.create_index('walled_message_by_concern', 'walled_message', ['concern_id'], unique=False)
    op.create_index('walled_message_by_digest', 'walled_message', ['way', 'digest'], unique=True)
    op.create_index('walled_message_by_outcome', 'walled_message', ['outcome', 'received_ms'], unique=False)
