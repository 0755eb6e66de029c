"""What the built-in record held before, and what its resources are searched by: category and date.

Both are known from a resource's next change on.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0049"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table(
        "resource_version",
        sa.Column("resource_type", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.String(), server_default="", nullable=False),
        sa.Column("status", sa.String(), server_default="", nullable=False),
        sa.Column("withheld", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rule", sa.String(), server_default="", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("resource_type", "resource_id", "version"),
    )
    op.add_column("resource", sa.Column("category", sa.String(), server_default="", nullable=False))
    op.add_column("resource", sa.Column("from_ms", sa.BigInteger(), nullable=True))
    op.add_column("resource", sa.Column("to_ms", sa.BigInteger(), nullable=True))
    op.add_column("resource", sa.Column("withheld", sa.Integer(), server_default="0", nullable=False))
    op.add_column("resource", sa.Column("rule", sa.String(), server_default="", nullable=False))
