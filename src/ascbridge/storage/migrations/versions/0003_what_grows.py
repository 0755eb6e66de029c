"""Indexes for what pages and starts ask of tables that grow, and none that nobody asks by."""

import sqlalchemy as sa
from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.drop_index('message_state_by_state', table_name='message_state')
    _partial('message_state_not_mapped', 'message_state', 'message_id', "substr(note, 1, 12) = 'not mapped: '")
    op.create_index('task_by_closing', 'task', ['closed_ms'], unique=False)
    _partial('task_to_look_at', 'task', 'due_ms', 'looks > 0')
    op.create_index('resource_by_status', 'resource', ['resource_type', 'status', 'updated_position'], unique=False)
    op.create_index('audit_by_who', 'audit', ['who', 'position'], unique=False)
    op.create_index('audit_by_date', 'audit', ['day', 'position'], unique=False)


def _partial(name: str, table: str, column: str, where: str) -> None:
    only = sa.text(where)
    op.create_index(name, table, [column], unique=False, sqlite_where=only, postgresql_where=only)
