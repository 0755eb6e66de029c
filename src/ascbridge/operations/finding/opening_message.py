"""Opens one message for somebody who says why: its parts, and of what may name somebody its shape alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.events.logs.envelope import id_millisecond
from ascbridge.events.logs.sealing import unseal
from ascbridge.intake.agreed.profiles_in_force import held_at
from ascbridge.intake.hl7v2.hl7_errors import UnreadableMessage
from ascbridge.intake.hl7v2.message_parts import BadChange, parts_of
from ascbridge.storage.tables import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from ascbridge.intake.hl7v2.message_parts import Part
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.actor import Actor
    from ascbridge.people.data_keys import DataKeys


class CannotOpen(ValueError):
    """A message that nobody can open, or not so; the text says why and names nobody."""


def open_message(
    connection: Connection,
    data_keys: DataKeys,
    profiles: Mapping[str, Profile],
    message_id: str,
    who: Actor,
    why: str,
    now_ms: int,
) -> tuple[Part, ...]:
    """Return the parts of a message, and write down who opened it and why. Raises `CannotOpen`."""
    if not why:
        raise CannotOpen("Say why it must be opened")
    columns = (message.c.feed, message.c.key_id, message.c.body)
    row = connection.execute(select(*columns).where(message.c.message_id == message_id)).first()
    if row is None:
        raise CannotOpen("The message is not kept here")
    if not row.key_id:
        raise CannotOpen("What it said is past its retention and was removed")
    if row.feed not in profiles:
        raise CannotOpen(f"Feed {row.feed} has no profile here: add it to the settings")
    key = data_keys.by_id(connection, [row.key_id])[row.key_id]
    if key is None:
        raise CannotOpen("What it said was erased")
    who.did(connection, "message opened", f"message:{message_id}", why, now_ms)
    try:
        profile = held_at(profiles, row.feed, id_millisecond(message_id))
        return parts_of(unseal(row.body, key, message_id), profile)
    except (UnreadableMessage, BadChange) as fault:
        raise CannotOpen(f"It cannot be taken apart: {fault}") from None
