"""The three groups of tables, and the columns that all of them are made of.

Times are integer UTC epoch milliseconds, text is never null unless it says so, bodies are bytes, no dialect types.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, String

from ascbridge.storage.files import Group

kept = MetaData()
keys = MetaData()
bridge = MetaData()

GROUPS: dict[Group, MetaData] = {"kept": kept, "keys": keys, "bridge": bridge}

Big = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER keys


def words(name: str, *, null: bool = False) -> Column[str]:
    """Return a column of text, empty where nothing is said."""
    return Column(name, String, nullable=null, server_default=None if null else "")


def moment(name: str, *, null: bool = False) -> Column[int]:
    """Return a column of a moment: UTC epoch milliseconds."""
    return Column(name, BigInteger, nullable=null)
