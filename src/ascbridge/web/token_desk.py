"""Accepts bearer tokens: none before its minting stands in the audit, so a token that nobody wrote down
opens nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.events.ledgers.audit import AuditEntry, record
from ascbridge.operations import tokens
from ascbridge.storage.tables import audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.operations.tokens import Slip
    from ascbridge.web.parts import WebParts

MINTED = "token minted"


class TokenDesk:
    """Takes up the slips of minted tokens and answers for the tokens themselves."""

    def __init__(self, parts: WebParts) -> None:
        self._parts = parts
        self._audited: set[str] = set()

    async def take_up(self) -> int:
        """Write every waiting slip into the audit, once each; return how many there were."""
        waiting = list(tokens.slips(self._parts.settings.data_dir))
        if waiting:
            now_ms = self._parts.clock.now_ms()
            await self._parts.database.write(
                lambda connection: _write(connection, self._parts.writer, waiting, now_ms)
            )
            for path, _ in waiting:
                path.unlink(missing_ok=True)
        return len(waiting)

    async def accept(self, text: str) -> Slip:
        """Return what a token says. Raises `BadToken`, also for one whose minting is not in the audit."""
        slip = tokens.read(self._parts.keyring, text)
        if slip.token_id not in self._audited:
            await self.take_up()
            if not await self._parts.database.read(lambda connection: _known(connection, slip.token_id)):
                raise tokens.BadToken("the token is not valid: its minting was not written down here")
            self._audited.add(slip.token_id)
        return slip


def entry(writer: str, slip: Slip) -> AuditEntry:
    """The audit entry of a minted token: who asked for it, in which role, why, its id and its scopes."""
    return AuditEntry(
        writer=writer, who=slip.who, role=slip.role, what=MINTED, whom=f"token:{slip.token_id}", why=slip.why,
        where_from=f"command line, {slip.organisation}" if slip.organisation else "command line",
        result=f"scope {slip.scope} {slip.person}".strip() if slip.scope else "done",
    )  # fmt: skip


def _write(connection: Connection, writer: str, waiting: Sequence[tuple[Path, Slip]], now_ms: int) -> None:
    for _, slip in waiting:
        if not _known(connection, slip.token_id):
            record(connection, entry(writer, slip), now_ms)


def _known(connection: Connection, token_id: str) -> bool:
    wanted = select(audit.c.position).where(audit.c.whom == f"token:{token_id}", audit.c.what == MINTED)
    return connection.execute(wanted.limit(1)).first() is not None
