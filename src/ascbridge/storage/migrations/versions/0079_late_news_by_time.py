"""Late news by when it was heard, rung about or not: whose came late by one outage."""

from alembic import context, op

revision = "0079"
down_revision = "0088"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_index("late_news_heard", "late_news", ["heard_ms"])
