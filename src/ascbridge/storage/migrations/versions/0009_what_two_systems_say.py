"""What two case systems say of the same things."""

import sqlalchemy as sa
from alembic import context, op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add tables to the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table('applied_word',
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('event_type', sa.String(), nullable=False),
    sa.Column('state', sa.String(), server_default='', nullable=False),
    sa.Column('who', sa.String(), server_default='', nullable=False),
    sa.Column('why', sa.String(), server_default='', nullable=False),
    sa.Column('at_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('message_id', 'event_type')
    )
    op.create_index('applied_word_by_state', 'applied_word', ['state'], unique=False)
    op.create_table('crosswalk',
    sa.Column('feed', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('theirs', sa.String(), nullable=False),
    sa.Column('ours', sa.String(), server_default='', nullable=False),
    sa.Column('source', sa.String(), server_default='', nullable=False),
    sa.Column('who', sa.String(), server_default='', nullable=False),
    sa.Column('at_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('feed', 'kind', 'theirs')
    )
    op.create_index('crosswalk_by_ours', 'crosswalk', ['ours'], unique=False)
    op.create_table('feed_person',
    sa.Column('feed', sa.String(), nullable=False),
    sa.Column('patient_key', sa.String(), nullable=False),
    sa.Column('nhs_lookup', sa.String(), server_default='', nullable=False),
    sa.Column('other_lookup', sa.String(), server_default='', nullable=False),
    sa.Column('number_state', sa.String(), server_default='', nullable=False),
    sa.Column('birth_lookup', sa.String(), server_default='', nullable=False),
    sa.Column('addressed', sa.Integer(), server_default='0', nullable=False),
    sa.Column('stamp', sa.String(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('feed', 'patient_key')
    )
    op.create_index('feed_person_by_number', 'feed_person', ['nhs_lookup'], unique=False)
    op.create_table('feed_word',
    sa.Column('feed', sa.String(), nullable=False),
    sa.Column('patient_key', sa.String(), nullable=False),
    sa.Column('slot', sa.String(), nullable=False),
    sa.Column('event_type', sa.String(), server_default='', nullable=False),
    sa.Column('stamp', sa.String(), server_default='', nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_digest', sa.String(), server_default='', nullable=False),
    sa.Column('message_id', sa.String(), server_default='', nullable=False),
    sa.Column('shadow', sa.Integer(), server_default='0', nullable=False),
    sa.Column('heard_ms', sa.BigInteger(), nullable=False),
    sa.Column('heard_sequence', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('kept_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('feed', 'patient_key', 'slot')
    )
    op.create_index('feed_word_by_message', 'feed_word', ['message_id'], unique=False)
    op.create_index('feed_word_by_patient', 'feed_word', ['patient_key'], unique=False)
