"""Behind the wall, for pages and programs alike: who asks, and the transaction in which they are answered and noted.

Every reading is written into the audit behind the wall before it is shown, and nothing of it into the bridge's own.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from fastapi import HTTPException

from ascbridge.discharge.acts.desk import UnknownTask
from ascbridge.events.ledgers.audit import day_of
from ascbridge.operations.finding import audit_search
from ascbridge.safeguarding import concern_desk, concern_list, concern_store, learning, raising
from ascbridge.safeguarding.concern_clocks import months_after
from ascbridge.safeguarding.exclusion import visible
from ascbridge.safeguarding.raising import Came
from ascbridge.safeguarding.vault import Insider, Vault, write_down
from ascbridge.web.doorbook import where_from

if TYPE_CHECKING:
    from fastapi import Request
    from sqlalchemy import Connection

    from ascbridge.events.ledgers.audit import Break
    from ascbridge.safeguarding.concern_changes import ConcernWish
    from ascbridge.safeguarding.concern_list import ConcernShown, ConcernView, Listed
    from ascbridge.safeguarding.concern_words import ConcernSaid
    from ascbridge.safeguarding.learning import Table
    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor

EVENLY_S = 0.25
"""An answer that must not tell whether there is a concern comes so long after its question, and not before."""
NOT_SET_UP = "Safeguarding is not set up here, or is shut: ring the safeguarding team."


def vault_of(request: Request) -> Vault:
    """Return what is behind the wall. Raises 503 where it is shut, to everybody who may ask at all."""
    parts: WebParts = request.app.state.parts
    if parts.vault is None:
        raise HTTPException(503, NOT_SET_UP)
    return parts.vault


def insider(request: Request, visitor: Visitor) -> Insider:
    """Return who asks, with what their sign-in says of them."""
    account = visitor.sign_in.partition("person:")[2]
    return Insider(visitor.name, visitor.role, account, visitor.organisation, where_from(request, visitor))


async def read_lists(
    request: Request, visitor: Visitor, view: str, team: str, *, noted: bool = True
) -> dict[ConcernView, list[Listed]]:
    """Return every list for this visitor; with `noted` the reading is written down first."""
    vault, who = vault_of(request), insider(request, visitor)
    lists = await vault.database.read(lambda c: concern_list.lists(c, vault, who, team))
    if noted:
        await _note(vault, who, "concerns read", why=view)
    return lists


async def read_found(request: Request, visitor: Visitor, asked: str) -> list[Listed]:
    """Return what a search finds for this visitor. What was asked for is written down nowhere."""
    began = time.monotonic()
    vault, who = vault_of(request), insider(request, visitor)
    found = await vault.database.read(lambda c: concern_list.found(c, vault, who, asked))
    await _note(vault, who, "concern looked for")
    if not found:
        await _evenly(began)
    return found


async def read_one(
    request: Request, visitor: Visitor, concern_id: str, *, noted: bool = True
) -> ConcernShown:
    """Return one concern. Raises 404 where there is none, or none for this visitor: the two are one answer."""
    began = time.monotonic()
    vault, who = vault_of(request), insider(request, visitor)
    shown = await vault.database.read(lambda c: concern_list.shown(c, vault, who, concern_id))
    if noted:
        await _note(vault, who, "concern read", whom=concern_id if shown is not None else "")
    if shown is None:
        await _evenly(began)
        raise HTTPException(404)
    return shown


async def do_act(request: Request, visitor: Visitor, concern_id: str, version: int, wish: ConcernWish) -> int:
    """Do one act; return the new version. Raises what `concern_desk.act` raises."""
    began = time.monotonic()
    vault, who = vault_of(request), insider(request, visitor)
    try:
        return await vault.database.write(
            lambda c: concern_desk.act(c, vault, who, concern_id, version, wish)
        )
    except UnknownTask:
        await _evenly(began)
        raise


async def raise_concern(request: Request, visitor: Visitor, said: ConcernSaid, way: str, once: str) -> str:
    """Take a concern without faults; return its reference, after the same time whatever is known of the adult."""
    began = time.monotonic()
    vault = vault_of(request)
    came = Came(way, insider(request, visitor), once)
    reference = await vault.database.write(lambda c: raising.take(c, vault, said, came))
    await _evenly(began)
    return reference


async def read_learning(request: Request, visitor: Visitor, months: int) -> list[Table]:
    """Return what is counted of the concerns of the last months that this visitor may see, nothing withheld yet."""
    vault, who = vault_of(request), insider(request, visitor)
    now_ms = vault.clock.now_ms()

    def read(connection: Connection) -> list[Table]:
        rows = concern_store.raised_since(connection, vault, months_after(now_ms, -months))
        seen = [one for one in rows if visible(one.said, who)]
        of_adult = concern_store.of_adults(connection, vault, {one.subject_key for one in seen})
        history = [one for stood in of_adult.values() for one in stood if visible(one.said, who)]
        return learning.tables(vault.rules, seen, history, now_ms)

    found = await vault.database.read(read)
    await _note(vault, who, "concerns counted", why=f"{months} months")
    return found


async def read_audit(
    request: Request, visitor: Visitor, whom: str, by: str, before: int
) -> tuple[list[audit_search.Entry], dict[str, list[Break]], int]:
    """Return audit entries of behind the wall, newest first, whether the chains hold, and from where older ones follow.

    Entries about concerns that this visitor is kept from are left out, and pages filled up, as if there were none.
    """
    vault, who = vault_of(request), insider(request, visitor)
    await _note(vault, who, "audit read")

    def read(connection: Connection) -> tuple[list[audit_search.Entry], dict[str, list[Break]], int]:
        found: list[audit_search.Entry] = []
        start, more = before, True
        while more and len(found) <= audit_search.MOST_AT_ONCE:
            rows = audit_search.entries(connection, whom=whom, who=by, day="", before=start)
            hidden = concern_list.hidden(connection, vault, who, {row.whom for row in rows})
            found += [row for row in rows if row.whom not in hidden]
            more = len(rows) == audit_search.MOST_AT_ONCE
            start = rows[-1].position if rows else 0
        shown = found[: audit_search.MOST_AT_ONCE]
        chains = audit_search.chains(connection, day_of(vault.clock.now_ms()))
        return shown, chains, shown[-1].position if len(found) > len(shown) else 0

    return await vault.database.read(read)


async def _note(vault: Vault, who: Insider, what: str, whom: str = "", why: str = "") -> None:
    await vault.database.write(lambda c: write_down(c, vault, who, what, whom, why))


async def _evenly(began: float) -> None:
    """Wait until an answer may be given to a question that was asked at `began` (monotonic seconds)."""
    await asyncio.sleep(max(0.0, began + EVENLY_S - time.monotonic()))
