"""Who may be found by a name with a birth date or a postcode: a keyed hash of the postcode, and an index for each.

Postcodes are filled in with what is next said of somebody; until then they are found by birth date and NHS number.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0030"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.add_column("patient", sa.Column("postcode_lookup", sa.String(), server_default="", nullable=False))
    op.create_index("patient_by_birth", "patient", ["birth_lookup"], unique=False)
    op.create_index("patient_by_postcode", "patient", ["postcode_lookup"], unique=False)
