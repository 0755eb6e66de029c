"""What the owners of a concern do with it: each act kept for good, checked by version, said on the topic and audited.

Whoever may not see a concern hears of it what they would hear if there were none: `UnknownTask`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ascbridge.discharge.acts.desk import StaleTask, UnknownTask
from ascbridge.events.facts.concerns import (
    ConcernAccepted,
    ConcernDecided,
    ConcernFact,
    ConcernHandedOver,
    ConcernRecorded,
    EnquiryConcluded,
)
from ascbridge.safeguarding import concern_store as store
from ascbridge.safeguarding.concern_changes import changed
from ascbridge.safeguarding.concern_store import Act
from ascbridge.safeguarding.exclusion import visible
from ascbridge.safeguarding.raising import tell
from ascbridge.safeguarding.vault import write_down

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.safeguarding.concern_changes import ConcernAct, ConcernWish
    from ascbridge.safeguarding.concern_store import Stood
    from ascbridge.safeguarding.vault import Insider, Vault

_FACTS: dict[ConcernAct, type[ConcernFact]] = {
    "accept": ConcernAccepted, "decide": ConcernDecided, "conclude": EnquiryConcluded,
    "hand-over": ConcernHandedOver, "record": ConcernRecorded, "document": ConcernRecorded,
    "invite": ConcernRecorded, "keep-out": ConcernRecorded, "note": ConcernRecorded,
}  # fmt: skip


def act(
    connection: Connection, vault: Vault, who: Insider, concern_id: str, version: int, wish: ConcernWish
) -> int:
    """Do one act and return the concern's new version; `version` is the one that was shown.

    Call it inside one write transaction. Raises `UnknownTask`, `StaleTask`, `NotNow`, `NotAChoice`.
    """
    stood = store.by_id(connection, vault, concern_id)
    if stood is None or not visible(stood.said, who):
        raise UnknownTask(concern_id)
    if stood.version != version:
        raise StaleTask(f"version {version} is not the last one")
    return do(connection, vault, stood, wish, who, vault.clock.now_ms())


def do(
    connection: Connection, vault: Vault, stood: Stood, wish: ConcernWish, who: Insider, at_ms: int
) -> int:
    """Do one act at a time (UTC ms) on a concern as it stands, whoever may see it; return its new version.

    Raises `StaleTask`, `NotNow`, `NotAChoice`.
    """
    after = replace(stood, said=changed(vault.rules, stood.said, wish, who, at_ms), version=stood.version + 1)
    if not store.change(connection, vault, after):
        raise StaleTask(f"version {stood.version} is not the last one")
    names = ", ".join((*wish.accounts, *wish.organisations))
    done = Act(
        version=after.version, at_ms=at_ms, act=wish.act, who=who.name, role=who.role, choice=wish.choice,
        text=wish.text or wish.reference or names,
    )  # fmt: skip
    store.add_act(connection, vault, after, done)
    about = stood.said.concern
    fact = _FACTS[wish.act](concern=about, revision=after.version)
    tell(connection, vault, after, [fact], vault.clock.now_ms())
    write_down(connection, vault, who, f"concern {wish.act}", whom=about)
    return after.version
