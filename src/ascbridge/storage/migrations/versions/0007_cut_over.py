"""Which of two case systems is heard."""

import sqlalchemy as sa
from alembic import context, op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables of a cut-over to the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table('feed_switch',
    sa.Column('number', BIG, autoincrement=True, nullable=False),
    sa.Column('event_type', sa.String(), server_default='', nullable=False),
    sa.Column('live', sa.String(), server_default='', nullable=False),
    sa.Column('other', sa.String(), server_default='', nullable=False),
    sa.Column('at_ms', sa.BigInteger(), nullable=False),
    sa.Column('who', sa.String(), server_default='', nullable=False),
    sa.Column('role', sa.String(), server_default='', nullable=False),
    sa.Column('why', sa.String(), server_default='', nullable=False),
    sa.Column('against', sa.String(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('number')
    )
