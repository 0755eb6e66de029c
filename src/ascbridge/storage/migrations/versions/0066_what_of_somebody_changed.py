"""What of somebody's name, address and contacts changed, and when: for whoever looks at them again.

Of what changed before the upgrade nothing is told.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0066"
down_revision = "0079"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column in the bridge's group; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.add_column("patient", sa.Column("renewed", sa.String(), server_default="", nullable=False))
