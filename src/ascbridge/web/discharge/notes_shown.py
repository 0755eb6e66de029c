"""The free texts that people wrote with what they did, opened for whoever may read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.access import Access
from ascbridge.people.opening import Erased, SealedValue, open_bytes

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.lists.task_story import ActRow
    from ascbridge.web.parts import WebParts
    from ascbridge.web.people.people_shown import PersonShown


def texts_of(
    connection: Connection, parts: WebParts, acts: tuple[ActRow, ...], person: PersonShown, access: Access
) -> dict[str, str]:
    """Open the free texts. A restricted person's may say where they are, so nobody is shown them here."""
    written = [one for one in acts if one.sealed is not None]
    if access is not Access.full:
        return {one.act_id: "A text that your role is not shown" for one in written}
    if person.restricted:
        return {one.act_id: "Not shown: this person is restricted" for one in written}
    values = [SealedValue(one.sealed or b"", one.key_id, one.act_id) for one in written]
    opened = open_bytes(connection, parts.data_keys, values)
    return {
        one.act_id: "Erased" if isinstance(text, Erased) else text.decode()
        for one, text in zip(written, opened, strict=True)
    }
