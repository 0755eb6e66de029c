"""To whom the council allocates each of its people, for finding them.

Teams are filled in from what is kept; workers, whose names are sealed, with what is next said of each.
"""

import json

import sqlalchemy as sa
from alembic import context, op

revision = "0073"
down_revision = "0060"
branch_labels = None
depends_on = None
_AT_ONCE = 1000


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    names = ("team", "worker_lookup", "stamp")
    allocated = op.create_table(
        "allocated",
        sa.Column("patient_key", sa.String(), nullable=False),
        *[sa.Column(name, sa.String(), server_default="", nullable=False) for name in names],
        sa.PrimaryKeyConstraint("patient_key"),
    )
    op.create_index("allocated_by_team", "allocated", ["team"])
    op.create_index("allocated_by_worker", "allocated", ["worker_lookup"])
    bind = op.get_bind()
    said = bind.execute(sa.text("SELECT patient_key, stamp, value FROM care WHERE slot = 'worker'"))
    while some := said.fetchmany(_AT_ONCE):
        rows = [
            {"patient_key": key, "stamp": stamp, "team": " ".join(str(json.loads(value)["team"]).split()).casefold()}
            for key, stamp, value in some
        ]
        bind.execute(allocated.insert(), rows)
