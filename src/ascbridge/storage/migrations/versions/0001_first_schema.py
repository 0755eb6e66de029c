"""The first schema: what arrived, identities and keys, and everything derived or done."""

import sqlalchemy as sa
from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table of the groups asked for."""
    groups = context.config.attributes["groups"]
    for group, make in (("kept", _kept), ("keys", _keys), ("bridge", _bridge)):
        if group in groups:
            make()



def _kept() -> None:
    op.create_table('control_id_seen',
    sa.Column('feed', sa.String(), nullable=False),
    sa.Column('control_id', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), server_default='', nullable=False),
    sa.Column('times', sa.Integer(), server_default='1', nullable=False),
    sa.Column('last_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('feed', 'control_id')
    )
    op.create_table('feed_heard',
    sa.Column('feed', sa.String(), nullable=False),
    sa.Column('last_ms', sa.BigInteger(), nullable=False),
    sa.Column('last_control_id', sa.String(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('feed')
    )
    op.create_table('intake_count',
    sa.Column('feed', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('n', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('feed', 'name')
    )
    op.create_table('message',
    sa.Column('position', BIG, autoincrement=True, nullable=False),
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('feed', sa.String(), server_default='', nullable=False),
    sa.Column('lane', sa.String(), server_default='', nullable=False),
    sa.Column('received_ms', sa.BigInteger(), nullable=False),
    sa.Column('control_id', sa.String(), server_default='', nullable=False),
    sa.Column('trigger', sa.String(), server_default='', nullable=False),
    sa.Column('outcome', sa.String(), server_default='', nullable=False),
    sa.Column('reason', sa.String(), server_default='', nullable=False),
    sa.Column('flags', sa.String(), server_default='', nullable=False),
    sa.Column('key_id', sa.String(), server_default='', nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('answer', sa.LargeBinary(), nullable=False),
    sa.Column('answer_code', sa.String(), server_default='', nullable=False),
    sa.Column('repeats', sa.Integer(), server_default='0', nullable=False),
    sa.Column('translation', sa.Integer(), server_default='0', nullable=False),
    sa.Column('mends', sa.String(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('position'),
    sa.UniqueConstraint('message_id')
    )
    op.create_index('message_by_control', 'message', ['feed', 'control_id'], unique=False)
    op.create_index('message_by_lane', 'message', ['lane', 'position'], unique=False)
    op.create_table('resend',
    sa.Column('feed', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('message_id', sa.String(), server_default='', nullable=False),
    sa.Column('received_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('feed', 'digest')
    )
    op.create_index('resend_by_age', 'resend', ['received_ms'], unique=False)



def _keys() -> None:
    op.create_table('data_key',
    sa.Column('key_id', sa.String(), nullable=False),
    sa.Column('owner_key', sa.String(), server_default='', nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=True),
    sa.Column('created_ms', sa.BigInteger(), nullable=False),
    sa.Column('erased_ms', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('key_id')
    )
    op.create_index('data_key_by_owner', 'data_key', ['owner_key'], unique=False)
    op.create_table('identity',
    sa.Column('lookup', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), server_default='', nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('authority', sa.String(), server_default='', nullable=False),
    sa.Column('hash_version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('created_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('lookup'),
    sa.UniqueConstraint('key')
    )



def _bridge() -> None:
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
    op.create_index('audit_by_day', 'audit', ['writer', 'day', 'position'], unique=False)
    op.create_index('audit_by_whom', 'audit', ['whom', 'at_ms'], unique=False)
    op.create_table('care',
    sa.Column('patient_key', sa.String(), nullable=False),
    sa.Column('slot', sa.String(), nullable=False),
    sa.Column('stamp', sa.String(), server_default='', nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('sealed_event', sa.String(), server_default='', nullable=False),
    sa.Column('key_id', sa.String(), server_default='', nullable=False),
    sa.Column('changed_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('patient_key', 'slot')
    )
    op.create_table('dead_letter',
    sa.Column('dead_id', sa.String(), nullable=False),
    sa.Column('consumer', sa.String(), server_default='', nullable=False),
    sa.Column('topic', sa.String(), server_default='', nullable=False),
    sa.Column('partition', sa.Integer(), nullable=False),
    sa.Column('offset', sa.BigInteger(), nullable=False),
    sa.Column('lane', sa.String(), server_default='', nullable=False),
    sa.Column('event_id', sa.String(), server_default='', nullable=False),
    sa.Column('message_id', sa.String(), server_default='', nullable=False),
    sa.Column('cause', sa.String(), server_default='', nullable=False),
    sa.Column('headers', sa.String(), server_default='', nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.Column('dead_ms', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(), server_default='', nullable=False),
    sa.Column('closed_ms', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('dead_id')
    )
    op.create_index('dead_letter_by_message', 'dead_letter', ['message_id'], unique=False)
    op.create_index('dead_letter_by_state', 'dead_letter', ['state', 'dead_ms'], unique=False)
    op.create_table('desk_act',
    sa.Column('act_id', sa.String(), nullable=False),
    sa.Column('task_id', sa.String(), server_default='', nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(), server_default='', nullable=False),
    sa.Column('actor', sa.String(), server_default='', nullable=False),
    sa.Column('role', sa.String(), server_default='', nullable=False),
    sa.Column('detail', sa.LargeBinary(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('key_id', sa.String(), server_default='', nullable=False),
    sa.Column('at_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('act_id'),
    sa.UniqueConstraint('task_id', 'version', name='one_act_a_version')
    )
    op.create_table('dirty_person',
    sa.Column('sink', sa.String(), nullable=False),
    sa.Column('person_id', sa.String(), nullable=False),
    sa.Column('since_ms', sa.BigInteger(), nullable=False),
    sa.Column('mark', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('tries', sa.Integer(), server_default='0', nullable=False),
    sa.Column('next_try_ms', sa.BigInteger(), nullable=False),
    sa.Column('fault', sa.String(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('sink', 'person_id')
    )
    op.create_index('dirty_person_by_time', 'dirty_person', ['sink', 'next_try_ms'], unique=False)
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
    op.create_table('evidence',
    sa.Column('spell_key', sa.String(), nullable=False),
    sa.Column('event_id', sa.String(), nullable=False),
    sa.Column('message_id', sa.String(), server_default='', nullable=False),
    sa.Column('subject', sa.String(), server_default='', nullable=False),
    sa.Column('type', sa.String(), server_default='', nullable=False),
    sa.Column('time_ms', sa.BigInteger(), nullable=False),
    sa.Column('recorded_ms', sa.BigInteger(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.Column('effect', sa.String(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('spell_key', 'event_id')
    )
    op.create_index('evidence_by_message', 'evidence', ['message_id'], unique=False)
    op.create_table('held',
    sa.Column('consumer', sa.String(), nullable=False),
    sa.Column('lane', sa.String(), nullable=False),
    sa.Column('topic', sa.String(), server_default='', nullable=False),
    sa.Column('partition', sa.Integer(), nullable=False),
    sa.Column('offset', sa.BigInteger(), nullable=False),
    sa.Column('cause', sa.String(), server_default='', nullable=False),
    sa.Column('since_ms', sa.BigInteger(), nullable=False),
    sa.Column('tries', sa.Integer(), server_default='1', nullable=False),
    sa.Column('next_try_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('consumer', 'lane')
    )
    op.create_table('ledger_count',
    sa.Column('feed', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('n', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('feed', 'state')
    )
    op.create_table('link',
    sa.Column('event_id', sa.String(), nullable=False),
    sa.Column('low', sa.String(), server_default='', nullable=False),
    sa.Column('high', sa.String(), server_default='', nullable=False),
    sa.Column('joined', sa.Integer(), nullable=False),
    sa.Column('statement', sa.String(), server_default='', nullable=False),
    sa.Column('stamp', sa.String(), server_default='', nullable=False),
    sa.Column('said_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('event_id')
    )
    op.create_index('link_by_high', 'link', ['high'], unique=False)
    op.create_index('link_by_low', 'link', ['low'], unique=False)
    op.create_table('log_floor',
    sa.Column('topic', sa.String(), nullable=False),
    sa.Column('partition', sa.Integer(), nullable=False),
    sa.Column('first_offset', sa.BigInteger(), nullable=False),
    sa.Column('pruned_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('topic', 'partition')
    )
    op.create_table('message_state',
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('feed', sa.String(), server_default='', nullable=False),
    sa.Column('state', sa.String(), server_default='', nullable=False),
    sa.Column('note', sa.String(), server_default='', nullable=False),
    sa.Column('translation', sa.Integer(), server_default='0', nullable=False),
    sa.Column('kept_ms', sa.BigInteger(), nullable=False),
    sa.Column('changed_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('message_id')
    )
    op.create_index('message_state_by_state', 'message_state', ['state', 'changed_ms'], unique=False)
    op.create_table('open_effect',
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('event_id', sa.String(), nullable=False),
    sa.Column('reader', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('message_id', 'event_id', 'reader')
    )
    op.create_index('open_effect_by_event', 'open_effect', ['event_id'], unique=False)
    op.create_index('open_effect_by_reader', 'open_effect', ['reader', 'subject'], unique=False)
    op.create_table('parked',
    sa.Column('consumer', sa.String(), nullable=False),
    sa.Column('topic', sa.String(), nullable=False),
    sa.Column('partition', sa.Integer(), nullable=False),
    sa.Column('offset', sa.BigInteger(), nullable=False),
    sa.Column('lane', sa.String(), server_default='', nullable=False),
    sa.Column('event_id', sa.String(), server_default='', nullable=False),
    sa.Column('message_id', sa.String(), server_default='', nullable=False),
    sa.Column('headers', sa.String(), server_default='', nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.Column('time_ms', sa.BigInteger(), nullable=False),
    sa.Column('parked_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('consumer', 'topic', 'partition', 'offset')
    )
    op.create_index('parked_by_lane', 'parked', ['consumer', 'lane'], unique=False)
    op.create_index('parked_by_message', 'parked', ['message_id'], unique=False)
    op.create_table('patient',
    sa.Column('patient_key', sa.String(), nullable=False),
    sa.Column('person_id', sa.String(), nullable=False),
    sa.Column('authority', sa.String(), server_default='', nullable=False),
    sa.Column('source_name', sa.String(), server_default='', nullable=False),
    sa.Column('nhs_lookup', sa.String(), server_default='', nullable=False),
    sa.Column('number_state', sa.String(), server_default='', nullable=False),
    sa.Column('birth_lookup', sa.String(), server_default='', nullable=False),
    sa.Column('restricted', sa.Integer(), server_default='0', nullable=False),
    sa.Column('restriction', sa.String(), server_default='', nullable=False),
    sa.Column('details', sa.String(), server_default='', nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('sealed_event', sa.String(), server_default='', nullable=False),
    sa.Column('key_id', sa.String(), server_default='', nullable=False),
    sa.Column('stamp', sa.String(), server_default='', nullable=False),
    sa.Column('died', sa.Integer(), server_default='0', nullable=False),
    sa.Column('died_on', sa.String(), server_default='', nullable=False),
    sa.Column('death_stamp', sa.String(), server_default='', nullable=False),
    sa.Column('first_ms', sa.BigInteger(), nullable=False),
    sa.Column('changed_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('patient_key')
    )
    op.create_index(op.f('ix_patient_person_id'), 'patient', ['person_id'], unique=False)
    op.create_index('patient_by_number', 'patient', ['nhs_lookup'], unique=False)
    op.create_table('position',
    sa.Column('consumer', sa.String(), nullable=False),
    sa.Column('topic', sa.String(), nullable=False),
    sa.Column('partition', sa.Integer(), nullable=False),
    sa.Column('next_offset', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('epoch', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('owner', sa.String(), server_default='', nullable=False),
    sa.Column('moved_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('consumer', 'topic', 'partition')
    )
    op.create_table('quarantine',
    sa.Column('patient_key', sa.String(), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('other_key', sa.String(), server_default='', nullable=False),
    sa.Column('detail', sa.String(), server_default='', nullable=False),
    sa.Column('since_ms', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('patient_key', 'cause')
    )
    op.create_table('record_part',
    sa.Column('generation', sa.Integer(), server_default='1', nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('part_id', sa.String(), nullable=False),
    sa.Column('patient_key', sa.String(), server_default='', nullable=False),
    sa.Column('revision', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.Column('event_id', sa.String(), server_default='', nullable=False),
    sa.Column('message_id', sa.String(), server_default='', nullable=False),
    sa.Column('changed_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('generation', 'kind', 'part_id')
    )
    op.create_index('record_part_by_patient', 'record_part', ['patient_key'], unique=False)
    op.create_table('resource',
    sa.Column('resource_type', sa.String(), nullable=False),
    sa.Column('resource_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_position', sa.BigInteger(), nullable=False),
    sa.Column('updated_ms', sa.BigInteger(), nullable=False),
    sa.Column('person_id', sa.String(), server_default='', nullable=False),
    sa.Column('status', sa.String(), server_default='', nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('resource_type', 'resource_id')
    )
    op.create_index('resource_by_person', 'resource', ['person_id'], unique=False)
    op.create_index('resource_by_update', 'resource', ['resource_type', 'updated_position'], unique=False)
    op.create_table('resource_identifier',
    sa.Column('resource_type', sa.String(), nullable=False),
    sa.Column('resource_id', sa.String(), nullable=False),
    sa.Column('lookup', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('resource_type', 'resource_id', 'lookup')
    )
    op.create_index('resource_identifier_by_lookup', 'resource_identifier', ['lookup'], unique=False)
    op.create_table('restriction_release',
    sa.Column('request_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.String(), server_default='', nullable=False),
    sa.Column('asked_by', sa.String(), server_default='', nullable=False),
    sa.Column('why', sa.String(), server_default='', nullable=False),
    sa.Column('asked_ms', sa.BigInteger(), nullable=False),
    sa.Column('approved_by', sa.String(), server_default='', nullable=False),
    sa.Column('approved_ms', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('request_id')
    )
    op.create_table('sent_resource',
    sa.Column('sink', sa.String(), nullable=False),
    sa.Column('resource', sa.String(), nullable=False),
    sa.Column('person_id', sa.String(), server_default='', nullable=False),
    sa.Column('digest', sa.String(), server_default='', nullable=False),
    sa.Column('version', sa.String(), server_default='', nullable=False),
    sa.Column('unsure', sa.Integer(), server_default='0', nullable=False),
    sa.Column('sent_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('sink', 'resource')
    )
    op.create_index('sent_resource_by_person', 'sent_resource', ['sink', 'person_id'], unique=False)
    op.create_table('spell',
    sa.Column('generation', sa.Integer(), server_default='1', nullable=False),
    sa.Column('spell_key', sa.String(), nullable=False),
    sa.Column('patient_key', sa.String(), server_default='', nullable=False),
    sa.Column('person_id', sa.String(), server_default='', nullable=False),
    sa.Column('slots', sa.LargeBinary(), nullable=False),
    sa.Column('view', sa.LargeBinary(), nullable=False),
    sa.Column('revision', sa.Integer(), server_default='0', nullable=False),
    sa.Column('status', sa.String(), server_default='', nullable=False),
    sa.Column('decision', sa.String(), server_default='', nullable=False),
    sa.Column('explanation', sa.LargeBinary(), nullable=False),
    sa.Column('facility', sa.String(), server_default='', nullable=False),
    sa.Column('sealed_event', sa.String(), server_default='', nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('key_id', sa.String(), server_default='', nullable=False),
    sa.Column('changed_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('generation', 'spell_key')
    )
    op.create_index('spell_by_decision', 'spell', ['decision', 'changed_ms'], unique=False)
    op.create_index('spell_by_patient', 'spell', ['patient_key'], unique=False)
    op.create_index('spell_by_person', 'spell', ['person_id'], unique=False)
    op.create_table('task',
    sa.Column('generation', sa.Integer(), server_default='1', nullable=False),
    sa.Column('task_id', sa.String(), nullable=False),
    sa.Column('spell_key', sa.String(), server_default='', nullable=False),
    sa.Column('kind', sa.String(), server_default='', nullable=False),
    sa.Column('parent_id', sa.String(), server_default='', nullable=False),
    sa.Column('patient_key', sa.String(), server_default='', nullable=False),
    sa.Column('person_id', sa.String(), server_default='', nullable=False),
    sa.Column('status', sa.String(), server_default='', nullable=False),
    sa.Column('stage', sa.String(), server_default='', nullable=False),
    sa.Column('signal', sa.String(), server_default='', nullable=False),
    sa.Column('reason', sa.String(), server_default='', nullable=False),
    sa.Column('owner_team', sa.String(), server_default='', nullable=False),
    sa.Column('claimed_by', sa.String(), server_default='', nullable=False),
    sa.Column('opened_ms', sa.BigInteger(), nullable=False),
    sa.Column('due_ms', sa.BigInteger(), nullable=True),
    sa.Column('closed_ms', sa.BigInteger(), nullable=True),
    sa.Column('revision', sa.Integer(), server_default='0', nullable=False),
    sa.Column('desk_version', sa.Integer(), server_default='0', nullable=False),
    sa.Column('looks', sa.Integer(), server_default='0', nullable=False),
    sa.Column('unconfirmed', sa.Integer(), server_default='0', nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('invented', sa.String(), server_default='', nullable=False),
    sa.Column('changed_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('generation', 'task_id'),
    sa.UniqueConstraint('generation', 'spell_key', 'kind', name='one_task_a_spell')
    )
    op.create_index('task_by_person', 'task', ['person_id'], unique=False)
    op.create_index('task_by_status', 'task', ['status', 'due_ms'], unique=False)
