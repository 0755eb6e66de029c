"""Have restricted people published again: what a sink was given of them before may name their team (decision 84)."""

import time

import sqlalchemy as sa
from alembic import context, op

revision = "0084"
down_revision = "0091"
branch_labels = None
depends_on = None

_AGAIN = sa.text(
    "INSERT INTO dirty_person (sink, person_id, since_ms, mark, tries, next_try_ms, fault) "
    "SELECT DISTINCT s.sink, s.person_id, :now, :mark, 0, 0, '' FROM sent_resource s "
    "WHERE s.person_id IN (SELECT p.person_id FROM patient p WHERE p.restricted = 1) "
    "AND NOT EXISTS (SELECT 1 FROM dirty_person d WHERE d.sink = s.sink AND d.person_id = s.person_id)"
)


def upgrade() -> None:
    """Mark them; who waits to be published anyway stays as they are. It adds nothing to the schema."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    now_ms = int(time.time() * 1000)
    types = [sa.bindparam("now", type_=sa.BigInteger), sa.bindparam("mark", type_=sa.BigInteger)]
    op.get_bind().execute(_AGAIN.bindparams(*types), {"now": now_ms, "mark": now_ms * 1000})
