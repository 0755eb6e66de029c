"""Files of concerns from a case system: a folder read behind the wall, of which nothing stays but a receipt.

A file is JSON lines (`case_lines`): concerns as the interface takes them, and what became of them. Write it under
another name and rename it to `NAME.jsonl` when it is whole. Each line is taken once, however often it is sent. Then
the file is removed, since it holds in clear what is sealed here; its receipt tells lines and fields, and no word of
them.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import orjson

from ascbridge.safeguarding.case_lines import wrong_fields
from ascbridge.safeguarding.case_words import hear

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.safeguarding.vault import Vault

LOOK_EVERY_S = 0.2
LARGEST_BYTES = 50_000_000


class ConcernFolder:
    """Watches one folder. `trouble` says which file cannot be taken, and why; empty while all is well."""

    def __init__(self, vault: Vault, folder: Path) -> None:
        self._vault, self._folder = vault, folder
        self.trouble = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Look for files until told to stop."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while not stop.is_set():
            await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)

    async def look(self) -> None:
        """Take every file that is there; one that cannot be read now is left, and tried again."""
        self.trouble = ""
        for path in sorted(self._folder.glob("*.jsonl")):
            try:
                if path.stat().st_size > LARGEST_BYTES:
                    self.trouble = "a file of the safeguarding folder is too large: send it in parts"
                    continue
                lines = [line for line in path.read_bytes().split(b"\n") if line.strip()]
                refused = [
                    one for number, line in enumerate(lines, 1) if (one := await self._line(number, line))
                ]
                receipt = {"lines": len(lines), "taken": len(lines) - len(refused), "refused": refused}
                path.with_suffix(".receipt.json").write_bytes(
                    orjson.dumps(receipt, option=orjson.OPT_INDENT_2)
                )
                path.unlink()
            except OSError as fault:
                self.trouble = f"a file of the safeguarding folder cannot be taken: {fault.strerror}"

    async def _line(self, number: int, line: bytes) -> dict[str, object] | None:
        """Take a line; return what is wrong with it, by fields alone, or None."""
        wrong = wrong_fields(self._vault.rules, line)
        if wrong:
            return {"line": number, "fields": wrong}
        await self._vault.database.write(lambda c: hear(c, self._vault, line))
        return None
