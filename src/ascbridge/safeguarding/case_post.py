"""What a case system posts, signed: each request one line of `case_lines`, answered once it is kept behind the wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.intake.keeping.kept import Kept
from ascbridge.safeguarding.case_lines import wrong_fields
from ascbridge.safeguarding.case_words import hear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.intake.keeping.inbox import Arrival
    from ascbridge.safeguarding.vault import Vault

PATH = "/concerns"


class CasePost:
    """Takes what is posted. The number that it answers is the sender's own: nothing of this side is told."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def keep(self, arrivals: Sequence[Arrival]) -> list[list[Kept]]:
        """Take each; one that cannot be taken is told by its fields alone, and kept by its sender."""
        return [[await self._take(one)] for one in arrivals]

    async def _take(self, arrival: Arrival) -> Kept:
        wrong = wrong_fields(self._vault.rules, arrival.payload)
        if wrong:
            return Kept("refused", b"", arrival.peer, f"$.{wrong[0]}: cannot be taken as it is")
        heard = await self._vault.database.write(lambda c: hear(c, self._vault, arrival.payload))
        return Kept("duplicate" if heard == "again" else "kept", b"", arrival.peer)

    async def reused(self, _number: str, _body: bytes) -> bool:
        """Whether a number was given to other words: here the number alone tells a repeat."""
        return False
