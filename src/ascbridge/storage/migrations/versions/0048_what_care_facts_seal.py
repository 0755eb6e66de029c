"""What a fact of the council's sealed, beside the part of the record that it is: goals, workers, carers, holders of powers.

What was said before is not filled in: it is shown with what is next said of it.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0048"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.add_column("record_part", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.add_column("record_part", sa.Column("key_id", sa.String(), server_default="", nullable=False))
