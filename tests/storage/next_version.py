"""A version to come, for tests: the present schema and one revision more, which adds to tables that are in use."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ascbridge.storage import migration

if TYPE_CHECKING:
    import pytest

REVISION = "9001"
TEXT = '''"""What the next version adds: it only expands."""

import sqlalchemy as sa
from alembic import context, op

revision = "9001"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    groups = context.config.attributes["groups"]
    if "kept" in groups:
        op.add_column("message", sa.Column("urgency", sa.String(), server_default="", nullable=False))
        op.create_index("message_by_time", "message", ["received_ms"])
    if "keys" in groups:
        op.add_column("identity", sa.Column("last_used_ms", sa.BigInteger(), nullable=True))
    if "bridge" in groups:
        for table in ("event_log", "position", "spell", "task", "record_part"):
            op.add_column(table, sa.Column("of_the_next_version", sa.String(), server_default="x", nullable=False))
        op.create_table("of_the_next_version", sa.Column("n", sa.Integer(), primary_key=True))
        op.create_index("task_by_signal", "task", ["signal"])
'''


def known(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str = TEXT) -> None:
    """Let migrations of this process be those of the next version; `folder` holds its scripts and is made."""
    head = migration.head()
    shutil.copytree(Path(str(migration.SCRIPTS)), folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / f"{REVISION}_next_version.py").write_text(text.replace("{head}", head))
    monkeypatch.setattr(migration, "SCRIPTS", folder)
