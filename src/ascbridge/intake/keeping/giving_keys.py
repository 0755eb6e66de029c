"""Gives keys to whom a changed message names, so that its dry-run can be played.

A key is given where messages are kept, and nowhere else: on one machine by the process that keeps, which finds what is
wanted in the bridge's database; on PostgreSQL in the one there is. What nobody lets take effect leaves at most a key
that nobody uses. Reads sealed messages and logs nothing of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.logs.sealing import SealBroken, unseal
from ascbridge.intake.hl7v2.hl7_errors import UnreadableMessage
from ascbridge.intake.sources import SOURCES
from ascbridge.intake.sources.door import SourceFault
from ascbridge.people import identities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import Ref
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.intake.reading.mendings import Sealed
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.data_keys import DataKeys


def named_by(raw: bytes, profile: Profile) -> tuple[Ref, ...]:
    """Return everybody and every stay that a message names; nobody where it cannot be read."""
    try:
        door = SOURCES[profile.feed.source].check(raw, profile)
    except (SourceFault, UnreadableMessage):
        return ()
    return tuple(dict.fromkeys((door.lane, *door.refs)))


def give(
    connection: Connection,
    wanting: Sequence[Sealed],
    profiles: Mapping[str, Profile],
    keyring: Keyring,
    data_keys: DataKeys,
    now_ms: int,
) -> int:
    """Give keys to all whom these changes name; return how many names had none. `connection` writes the keys."""
    bodies = data_keys.by_id(connection, sorted({one.key_id for one in wanting}))
    refs: list[Ref] = []
    for one in wanting:
        key, profile = bodies.get(one.key_id), profiles.get(one.feed)
        if key is not None and profile is not None:
            try:
                refs += named_by(unseal(one.body, key, one.mending_id), profile)
            except SealBroken:
                continue
    before = identities.known(connection, keyring, refs)
    keys = identities.keys_for(connection, keyring, refs, now_ms)
    data_keys.ensure(connection, sorted({keys[ref] for ref in refs if ref.kind != "spell"}), now_ms)
    return len(keys.keys() - before.keys())
