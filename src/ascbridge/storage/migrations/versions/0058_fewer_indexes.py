"""Indexes that nobody asks by go, and that of dropped stays has the dropped ones alone.

Each was another page to be written for most messages, and in a large store another page every time.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0058"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the messages' table and the stays'; the other groups stay as they are."""
    groups = context.config.attributes["groups"]
    if "kept" in groups:
        op.drop_index("message_by_lane", table_name="message")
    if "bridge" not in groups:
        return
    op.drop_index("spell_by_person", table_name="spell")
    op.drop_index("spell_by_decision", table_name="spell")
    only = sa.text("decision = 'drop'")
    op.create_index(
        "spell_dropped", "spell", ["changed_ms"], unique=False, sqlite_where=only, postgresql_where=only
    )
