"""The erasures that were decided, as a text to be kept apart from back-ups, which know nothing of later ones.

One JSON object a line: opaque keys and ids, who asked, who approved and when. It names nobody who was erased. Doing
them again takes the data keys at once; the running bridge then empties the rows and withdraws the resources as it does
for any approved erasure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from sqlalchemy import select

from ascbridge.people import legal_holds
from ascbridge.storage.tables import people_request
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys

_TOLD = (
    people_request.c.request_id, people_request.c.person_id, people_request.c.patient_keys,
    people_request.c.asked_by, people_request.c.asked_ms, people_request.c.decided_by, people_request.c.decided_ms,
)  # fmt: skip


class JournalFault(ValueError):
    """A text that is no journal of erasures."""


def lines(connection: Connection) -> bytes:
    """Return the journal of every erasure that was ever approved, the oldest first.

    Without those that are not done and that a legal hold stands against: a restored database must not do them.
    """
    wanted = select(*_TOLD, people_request.c.state).where(
        people_request.c.kind == "erase", people_request.c.state.in_(("approved", "done"))
    )
    ordered = wanted.order_by(people_request.c.decided_ms, people_request.c.request_id)
    held = {key for one in legal_holds.standing(connection) for key in (one.about, *one.keys)}
    told = []
    for row in connection.execute(ordered).mappings():
        said = {str(name): value for name, value in row.items()}
        if said.pop("state") == "done" or held.isdisjoint((row["person_id"], *row["patient_keys"].split())):
            told.append(orjson.dumps(said) + b"\n")
    return b"".join(told)


def read(text: bytes) -> list[dict[str, object]]:
    """Read a journal. Raises `JournalFault`."""
    names = {column.name for column in _TOLD}
    found: list[dict[str, object]] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            row = None
        if not isinstance(row, dict) or set(row) != names or not isinstance(row["decided_ms"], int):
            raise JournalFault(f"line {number} tells no erasure; it must be as `erasures_file` was written")
        found.append(row)
    return found


def do_again(
    bridge: Connection,
    keys: Connection,
    data_keys: DataKeys,
    journal: Iterable[dict[str, object]],
    now_ms: int,
) -> int:
    """Have each erasure of the journal done that is not done here; return how many.

    `bridge` and `keys` are connections to those groups of tables, on PostgreSQL the same one.
    """
    done = set(
        bridge.execute(select(people_request.c.request_id).where(people_request.c.state == "done")).scalars()
    )
    again = [row for row in journal if row["request_id"] not in done]
    for row in again:
        decided_ms = row["decided_ms"]
        assert isinstance(decided_ms, int)
        data_keys.erase(keys, str(row["patient_keys"]).split(), now_ms, given_by_ms=decided_ms)
    filled = {
        "kind": "erase",
        "why": "",
        "asked_in": "",
        "state": "approved",
        "decided_why": "",
        "done_ms": None,
    }
    upsert(bridge, people_request, [row | filled for row in again])
    return len(again)
