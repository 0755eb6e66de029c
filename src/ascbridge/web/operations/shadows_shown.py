"""The shadows as they are shown: what each is made with, how far it is, and what a comparison found.

They lie in files of the data directory, which are read beside the loop.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import HTTPException

from ascbridge.operations.shadow import found, shadows
from ascbridge.operations.shadow.shadows import NoShadow, Shadow

if TYPE_CHECKING:
    from ascbridge.operations.shadow.found import Counted, Difference, Told
    from ascbridge.web.parts import WebParts


@dataclass(frozen=True, slots=True)
class Asked:
    """Which differences are asked for."""

    kind: str = ""
    cause: str = ""
    person: str = ""
    after: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """One shadow, what was compared and found, and a page of it; `further`: after which number more comes, 0: none."""

    shadow: Shadow
    told: Told | None
    counts: list[Counted]
    some: list[Difference]
    further: int


def state_of(shadow: Shadow, now_ms: int) -> str:
    """Say in a word how a shadow is."""
    if shadow.progress is None:
        return "not begun"
    return "nobody builds it" if shadow.progress.stalled(now_ms) else shadow.progress.state


async def every(parts: WebParts) -> list[Shadow]:
    """Return every shadow of this data directory."""
    return await asyncio.to_thread(shadows.every, parts.settings.data_dir)


async def one(parts: WebParts, name: str, asked: Asked) -> Seen:
    """Return one shadow and a page of what was found. 404 where there is none."""
    try:
        return await asyncio.to_thread(_look, parts, name, asked)
    except NoShadow:
        raise HTTPException(404) from None


def _look(parts: WebParts, name: str, asked: Asked) -> Seen:
    shadow = shadows.find(parts.settings.data_dir, name)
    some, further = found.page(shadow.found, asked.kind, asked.cause, asked.person, asked.after)
    return Seen(shadow, found.told(shadow.found), found.counts(shadow.found), some, further)
