"""How far a comparison of two case systems has got; what was said in shadow since a switch, and whom the crosswalk
names, by indexes.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0047"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables of the bridge; the other groups stay as they are."""
    if "bridge" not in context.config.attributes["groups"]:
        return
    op.create_table('comparison',
    sa.Column('pair', sa.String(), nullable=False),
    sa.Column('rules', sa.String(), server_default='', nullable=False),
    sa.Column('after', sa.String(), server_default='', nullable=False),
    sa.Column('looked', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('began_ms', sa.BigInteger(), nullable=False),
    sa.Column('ended_ms', sa.BigInteger(), nullable=True),
    sa.Column('found', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('pair')
    )
    op.create_index("crosswalk_by_theirs", "crosswalk", ["theirs"], unique=False)
    in_shadow = sa.text("shadow = 1")
    op.create_index(
        "feed_word_in_shadow", "feed_word", ["kept_ms"], unique=False, sqlite_where=in_shadow, postgresql_where=in_shadow
    )
