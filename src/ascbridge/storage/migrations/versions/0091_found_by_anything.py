"""Messages are found by person, by type, by what was refused and by what is said of them.

On a store of ten million messages making these takes some minutes.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0091"
down_revision = "0083"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the indexes of messages, their states and dead letters; the other groups stay as they are."""
    groups = context.config.attributes["groups"]
    if "kept" in groups:
        op.create_index("message_by_lane", "message", ["lane", "message_id"])
        op.create_index("message_by_type", "message", ["feed", "trigger", "message_id"])
        _of_some("message_refused", "message", ["message_id", "reason"], "outcome = 'refused'")
    if "bridge" in groups:
        _of_some("message_state_noted", "message_state", ["message_id", "note"], "note <> ''")
        _of_some("message_state_no_effect", "message_state", ["message_id"], "state = 'no_effect'")
        _of_some("dead_letter_open", "dead_letter", ["message_id"], "state = 'open'")


def _of_some(name: str, table: str, columns: list[str], only: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(only), postgresql_where=sa.text(only))
