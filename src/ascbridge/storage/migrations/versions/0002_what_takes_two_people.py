"""What takes two people, and whose a quarantined NHS number is.

`restriction_release` goes at once and not a release later: nothing that could be run ever wrote to it.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table('people_request',
    sa.Column('request_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), server_default='', nullable=False),
    sa.Column('person_id', sa.String(), server_default='', nullable=False),
    sa.Column('why', sa.String(), server_default='', nullable=False),
    sa.Column('asked_by', sa.String(), server_default='', nullable=False),
    sa.Column('asked_in', sa.String(), server_default='', nullable=False),
    sa.Column('asked_ms', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(), server_default='', nullable=False),
    sa.Column('decided_by', sa.String(), server_default='', nullable=False),
    sa.Column('decided_why', sa.String(), server_default='', nullable=False),
    sa.Column('decided_ms', sa.BigInteger(), nullable=True),
    sa.Column('patient_keys', sa.String(), server_default='', nullable=False),
    sa.Column('done_ms', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('request_id')
    )
    op.create_index('people_request_by_state', 'people_request', ['state', 'asked_ms'], unique=False)
    op.create_index('people_request_by_person', 'people_request', ['person_id'], unique=False)
    op.drop_table('restriction_release')
    op.add_column('quarantine', sa.Column('number', sa.String(), server_default='', nullable=False))
    op.create_index('quarantine_by_state', 'quarantine', ['state', 'since_ms'], unique=False)
