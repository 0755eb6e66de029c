"""Two records that may be one person's without a number, and what such records are found by."""

import sqlalchemy as sa
from alembic import context, op

revision = "0113"
down_revision = "0110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.add_column("patient", sa.Column("family_lookup", sa.String(), server_default="", nullable=False))
    op.drop_index("patient_by_birth", "patient")
    op.drop_index("patient_by_postcode", "patient")
    op.create_index("patient_by_birth", "patient", ["birth_lookup", "family_lookup"], unique=False)
    op.create_index("patient_by_postcode", "patient", ["postcode_lookup", "birth_lookup"], unique=False)
    op.create_table(
        "possible_match",
        sa.Column("low", sa.String(), nullable=False),
        sa.Column("high", sa.String(), nullable=False),
        sa.Column("row_id", sa.String(), server_default="", nullable=False),
        sa.Column("state", sa.String(), server_default="", nullable=False),
        sa.Column("decided", sa.String(), server_default="", nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("low", "high"),
    )
    op.create_index("possible_match_by_state", "possible_match", ["state", "since_ms"], unique=False)
    op.create_index("possible_match_by_high", "possible_match", ["high"], unique=False)
