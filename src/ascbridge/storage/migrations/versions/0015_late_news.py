"""News of stays that reached the desk late, and who rang about it."""

import sqlalchemy as sa
from alembic import context, op

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table('late_news',
        sa.Column('spell_key', sa.String(), nullable=False),
        sa.Column('message_id', sa.String(), nullable=False),
        sa.Column('patient_key', sa.String(), server_default='', nullable=False),
        sa.Column('recorded_ms', sa.BigInteger(), nullable=False),
        sa.Column('heard_ms', sa.BigInteger(), nullable=False),
        sa.Column('checked_by', sa.String(), server_default='', nullable=False),
        sa.Column('checked_ms', sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint('spell_key', 'message_id'),
    )
    only = sa.text("checked_ms IS NULL")
    op.create_index('late_news_to_check', 'late_news', ['heard_ms'], unique=False, sqlite_where=only, postgresql_where=only)
