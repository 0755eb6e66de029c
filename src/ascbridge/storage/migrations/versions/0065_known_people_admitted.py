"""Who is in hospital of those whom a team of the council looks after. Who is there already is known from their next message."""

import sqlalchemy as sa
from alembic import context, op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    here = sa.text("here > 0")
    op.create_table(
        "known_admission",
        sa.Column("spell_key", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), server_default="", nullable=False) for name in ("patient_key", "person_id", "team")),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("heard_ms", sa.BigInteger(), nullable=False),
        sa.Column("here", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("spell_key"),
    )
    op.create_index(
        "known_admission_here", "known_admission", ["since_ms"], unique=False, sqlite_where=here, postgresql_where=here
    )
    op.create_index(
        "known_admission_by_person", "known_admission", ["person_id"], unique=False,
        sqlite_where=here, postgresql_where=here,
    )  # fmt: skip
