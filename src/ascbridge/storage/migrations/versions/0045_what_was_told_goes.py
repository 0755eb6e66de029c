"""What two case systems told is let go of by its age: an index of it."""

from alembic import context, op

revision = "0045"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_index("said_event_by_age", "said_event", ["kept_ms", "event_id"], unique=False)
