"""Which bare Flags stand at the sink, in the database behind the wall: their own ids, and of which concern.

An id is a keyed hash of this side of a person of the bridge: whoever has the bridge's tables cannot tell whose it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sqlalchemy import delete, select

from ascbridge.safeguarding import concern_store
from ascbridge.storage.tables import bare_flag
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ascbridge.safeguarding.concern_store import Stood
    from ascbridge.safeguarding.vault import Vault

State = Literal["going", "told"]


def id_of(vault: Vault, person_id: str) -> str:
    """Return the id of a person's Flag: always the same, so that none stands twice."""
    return "f" + vault.keyring.lookup("bare flag", person_id)


def standing(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return each Flag that the sink may hold, by its id: the concern, and *going* while nobody knows of an answer."""
    rows = connection.execute(select(bare_flag).order_by(bare_flag.c.flag_id))
    return {row.flag_id: (row.concern_id, row.state) for row in rows}


def note(connection: Connection, flag_id: str, concern_id: str, state: State, now_ms: int) -> None:
    """Write down that a Flag goes out, or that it was taken."""
    row = {"flag_id": flag_id, "concern_id": concern_id, "state": state, "changed_ms": now_ms}
    upsert(connection, bare_flag, [row])


def drop(connection: Connection, flag_id: str) -> None:
    """Forget a Flag that stands nowhere any more."""
    connection.execute(delete(bare_flag).where(bare_flag.c.flag_id == flag_id))


def concerns_of(
    connection: Connection, vault: Vault, numbers: Iterable[tuple[str, str]]
) -> dict[str, list[Stood]]:
    """Return every concern of whoever is known under one of these numbers (kind and value), by the adult's key."""
    hashes = {vault.keyring.lookup("adult", kind, value) for kind, value in numbers if value}
    found = {concern_store.known_adult(connection, one) for one in hashes} - {""}
    return concern_store.of_adults(connection, vault, found)
