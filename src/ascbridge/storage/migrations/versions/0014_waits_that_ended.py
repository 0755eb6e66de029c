"""Waits at the front door by the month in which they ended."""

import sqlalchemy as sa
from alembic import context, op

revision = "0014"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    _partial('door_request_by_care', ['cared_on', 'received_on', 'by_date'], "cared_on <> ''")
    _partial('door_request_by_assessment', ['assessed_on', 'referred_on', 'by_date'], "assessed_on <> ''")


def _partial(name: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, 'door_request', columns, unique=False, sqlite_where=only, postgresql_where=only)
