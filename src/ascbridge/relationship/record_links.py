"""Links by which a case system opens one person's record here: made for one person, used once, gone after a minute.

A link is no relationship and no sign-in: whoever follows it signs in as themselves, and what lets them open the person,
and why they do, is asked as always. The code in the address says nothing: random, with a mark that shows it to be ours.
The table keeps a hash of it.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import delete, select, update

from ascbridge.storage.tables import record_link

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.events.logs.sealing import Keyring

WHY_NOT = Literal["forged", "used", "expired"]
KEPT_MS = 24 * 3_600_000
"""So long a used or expired link is known, so that whoever follows it is told which of the two it is."""
_MARK_DIGITS = 32


class LinkRefused(Exception):
    """A link that opens nothing. `why` says why not, `person_id` whom it was for, where it was ours."""

    def __init__(self, why: WHY_NOT, person_id: str = "", made_by: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.person_id = person_id
        self.made_by = made_by


class Followed(NamedTuple):
    """Whom a link was for, and the system that made it."""

    person_id: str
    made_by: str


def make(
    connection: Connection, keyring: Keyring, person_id: str, made_by: str, now_ms: int, until_ms: int
) -> str:
    """Make a link for one person; return its code, which is kept nowhere. Links of yesterday are forgotten."""
    connection.execute(delete(record_link).where(record_link.c.until_ms < now_ms - KEPT_MS))
    code = secrets.token_urlsafe(24)
    row = {
        "link": keyring.lookup("record-link", code), "person_id": person_id, "made_by": made_by, "made_ms": now_ms,
        "until_ms": until_ms,
    }  # fmt: skip
    connection.execute(record_link.insert(), [row])
    return f"{code}.{_mark(keyring, code)}"


def is_ours(keyring: Keyring, text: str) -> bool:
    """Whether this bridge made such a code; it may be used or too old all the same."""
    code, _, mark = text.partition(".")
    return hmac.compare_digest(_mark(keyring, code).encode(), mark.encode())


def follow(connection: Connection, keyring: Keyring, text: str, now_ms: int) -> Followed:
    """Use a link up. Raises `LinkRefused`; of two who follow it at once, one is."""
    code = text.partition(".")[0]
    if not is_ours(keyring, text):
        raise LinkRefused("forged")
    this = record_link.c.link == keyring.lookup("record-link", code)
    taken = connection.execute(
        update(record_link).where(this, record_link.c.used_ms.is_(None), record_link.c.until_ms > now_ms).values(
            used_ms=now_ms
        )
    )  # fmt: skip
    row = connection.execute(select(record_link).where(this)).first()
    if row is None:
        raise LinkRefused("expired")
    if taken.rowcount != 1:
        why: WHY_NOT = "expired" if row.used_ms is None else "used"
        raise LinkRefused(why, row.person_id, row.made_by)
    return Followed(row.person_id, row.made_by)


def _mark(keyring: Keyring, code: str) -> str:
    return keyring.lookup("record-link-mark", code)[:_MARK_DIGITS]
