"""Which ward each message was about, by what the desk understood of it: for what wards usually send. No person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import select

from ascbridge.people.identities import in_lists
from ascbridge.storage.tables import evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_WARD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,19}")
"""A ward's code. What looks otherwise may hold anything, and is told by nobody."""


def wards(connection: Connection, message_ids: Sequence[str]) -> dict[str, str]:
    """Return the ward of each of these messages that named one. What the desk has not read yet is left out."""
    found: dict[str, str] = {}
    for part in in_lists(message_ids):
        rows = connection.execute(
            select(evidence.c.message_id, evidence.c.data).where(evidence.c.message_id.in_(part))
        )
        for message_id, data in rows:
            ward = str((orjson.loads(data).get("ward") or {}).get("ward") or "")
            if _WARD.fullmatch(ward):
                found[message_id] = ward
    return found
