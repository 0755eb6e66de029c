"""Here databases are migrated in earnest, and not copied from one that was."""

from __future__ import annotations

import pytest

from ascbridge.storage import migration


@pytest.fixture(autouse=True)
def _in_earnest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "upgrade_sqlite", migration.upgrade_sqlite.__wrapped__)  # type: ignore[attr-defined]  # what tests/conftest.py wraps
