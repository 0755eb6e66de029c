"""${message}."""

import sqlalchemy as sa
from alembic import context, op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Expand only; what is no longer needed goes a release later."""
    groups = context.config.attributes["groups"]
    ${upgrades if upgrades else "pass"}
