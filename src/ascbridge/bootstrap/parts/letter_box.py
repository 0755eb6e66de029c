"""The letter box of an intake in the safeguarding wall: opened when first something must go through it, and not before.

So an intake holds nothing of the other side as long as no sender mistakes its feed, and a wall that was shut is tried
again with the next message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.people.behind_wall import NotNowBehind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.bootstrap.parts.walled import Wall
    from ascbridge.clock import Clock
    from ascbridge.config import Settings
    from ascbridge.people.stray import Stray
    from ascbridge.safeguarding.vault import Vault


class LetterBox:
    """Puts what is about safeguarding behind its wall, before a feed keeps or answers anything of it."""

    def __init__(self, settings: Settings, clock: Clock, writer: str) -> None:
        self._settings, self._clock, self._writer = settings, clock, writer
        self._wall: Wall | None = None

    def put_now(self, strays: Sequence[Stray]) -> None:
        """Put them on one machine, in the calling thread. Raises `NotNowBehind`."""
        from ascbridge.bootstrap.parts import walled  # most intakes never need it

        try:
            if self._wall is None:
                self._wall = _open(walled.open_wall(self._settings, self._clock, self._writer))
            walled.put_now(_vault(self._wall), strays)
        except Exception:  # noqa: BLE001  # whatever it was, its text may quote what stands behind the wall
            raise NotNowBehind from None

    async def put_apart(self, strays: Sequence[Stray]) -> None:
        """Put them on PostgreSQL. Raises `NotNowBehind`."""
        from ascbridge.bootstrap.parts import walled

        try:
            if self._wall is None:
                self._wall = _open(await walled.open_shared_wall(self._settings, self._clock, self._writer))
            await walled.put(_vault(self._wall), strays)
        except Exception:  # noqa: BLE001  # whatever it was, its text may quote what stands behind the wall
            raise NotNowBehind from None

    async def close(self) -> None:
        """Let go of what was opened."""
        if self._wall is not None:
            await self._wall.close()


def _open(wall: Wall) -> Wall:
    """Return the wall if it is open: a shut one is not remembered. Raises `NotNowBehind`."""
    if wall.vault is None:
        raise NotNowBehind
    return wall


def _vault(wall: Wall) -> Vault:
    assert wall.vault is not None
    return wall.vault
