"""A change to a message that names somebody who has no key yet says so, and is given one."""

import sqlalchemy as sa
from alembic import context, op

revision = "0096"
down_revision = "0095"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column in the bridge's group; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.add_column("mending", sa.Column("wants_keys", sa.Integer(), server_default="0", nullable=False))
    wants = sa.text("wants_keys = 1")
    op.create_index(
        "mending_wants_keys", "mending", ["mending_id"], sqlite_where=wants, postgresql_where=wants
    )
