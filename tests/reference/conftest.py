"""A bridge's tables, on SQLite and on PostgreSQL."""

from tests.people.conftest import write

__all__ = ["write"]
