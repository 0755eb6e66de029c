"""Who acts: a person who decides something about somebody, as the audit names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.events import audit

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person in a role. `writer` is the process that keeps the audit, `where_from` an address."""

    who: str
    role: str
    writer: str
    where_from: str = ""

    def did(self, connection: Connection, what: str, whom: str, why: str, now_ms: int) -> None:
        """Write to the audit what this person did to whom (a person id or patient key), and why."""
        entry = audit.AuditEntry(
            writer=self.writer, who=self.who, role=self.role, what=what, whom=whom, why=why,
            where_from=self.where_from,
        )  # fmt: skip
        audit.record(connection, entry, now_ms)
