"""Behind the wall: what changed lately is told from an index alone, so that open pages may ask often."""

from alembic import context, op

revision = "0076"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index behind the wall; the bridge's own databases stay as they are."""
    if "safeguarding" in context.config.attributes["groups"]:
        op.create_index("concern_by_change", "concern", ["changed_ms", "version"], unique=False)
