"""Stays that somebody entered by hand, for finding them when a message comes about the same person."""

import sqlalchemy as sa
from alembic import context, op

revision = "0034"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "entered_stay",
        sa.Column("generation", sa.Integer(), server_default="1", nullable=False),
        sa.Column("spell_key", sa.String(), nullable=False),
        sa.Column("patient_key", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("generation", "spell_key"),
    )
    op.create_index("entered_stay_by_patient", "entered_stay", ["patient_key"], unique=False)
