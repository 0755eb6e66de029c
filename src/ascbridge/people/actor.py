"""Who acts: a person who decides something about somebody, as the audit names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.events.ledgers import audit

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person in a role. `writer` is the process that keeps the audit, `where_from` an address.

    `sign_in` names the sign-in itself, empty where there was none. Who opened a one-time link may go by any
    name: two names of one sign-in are one person.
    """

    who: str
    role: str
    writer: str
    where_from: str = ""
    sign_in: str = ""

    def may_be(self, who: str, sign_in: str) -> bool:
        """Whether this is, or could be, the same person: the same name however written, or one sign-in."""
        same_name = " ".join(self.who.split()).casefold() == " ".join(who.split()).casefold()
        return same_name or (bool(sign_in) and self.sign_in == sign_in)

    def did(self, connection: Connection, what: str, whom: str, why: str, now_ms: int) -> None:
        """Write to the audit what this person did to whom (a person id or patient key), and why."""
        entry = audit.AuditEntry(
            writer=self.writer, who=self.who, role=self.role, what=what, whom=whom, why=why,
            where_from=self.where_from,
        )  # fmt: skip
        audit.record(connection, entry, now_ms)
