"""Puts what a shadow was made with in force for the pages and programs: asks, signs as a second person, rolls back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ascbridge.operations.shadow import shadow_switch
from ascbridge.web.operations import shadows_shown
from ascbridge.web.operations.api_mending import actor
from ascbridge.web.operations.shadows_shown import Asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request
    from sqlalchemy import Connection

    from ascbridge.people.actor import Actor
    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor

LONGEST_REASON = 200


async def ask(request: Request, visitor: Visitor, name: str, why: str) -> int:
    """Ask for it; nothing takes effect. Returns how many rows. Raises `CannotMap`; 404 where there is no shadow."""
    parts: WebParts = request.app.state.parts
    translator = parts.completing.translator
    seen = await shadows_shown.one(parts, name, Asked())
    rows = await asyncio.to_thread(shadow_switch.rows_of, seen.shadow, translator.readings)
    return await _write(
        request, visitor, lambda c, who, at: shadow_switch.ask(c, translator, name, rows, who, _line(why), at)
    )


async def sign(request: Request, visitor: Visitor, name: str) -> int:
    """Have it take effect, and complete what waited for it. Returns how many rows. Raises `CannotMap`."""
    parts: WebParts = request.app.state.parts
    translator = parts.completing.translator
    done = await _write(request, visitor, lambda c, who, at: shadow_switch.sign(c, translator, name, who, at))
    return await _followed(parts, done)


async def roll_back(request: Request, visitor: Visitor, name: str, why: str) -> int:
    """Take it back, and read again what was read by it. Returns how many rows. Raises `CannotMap`."""
    parts: WebParts = request.app.state.parts
    done = await _write(
        request, visitor, lambda c, who, at: shadow_switch.roll_back(c, name, who, _line(why), at)
    )
    return await _followed(parts, done)


async def _write(request: Request, visitor: Visitor, act: Callable[[Connection, Actor, int], int]) -> int:
    parts: WebParts = request.app.state.parts
    who, now_ms = actor(request, visitor), parts.clock.now_ms()
    return await parts.database.write(lambda c: act(c, who, now_ms))


async def _followed(parts: WebParts, done: int) -> int:
    await parts.completing.parked()
    parts.wake()
    return done


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_REASON]
