"""Contacts that a duty worker takes: somebody got in touch about a person, so whoever took it has to do with them
until their shift ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.calendars import LONDON, moment
from ascbridge.events.facts.duty_contact import DutyContactTaken, SealedDutyContact
from ascbridge.events.logs.envelope import Cause, derived_id
from ascbridge.people.membership import keys_of
from ascbridge.people.release import KnownDraft, release_known
from ascbridge.relationship import own_words
from ascbridge.storage.tables import duty_contact

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import time

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import ReleasedEvent
    from ascbridge.people.actor import Actor
    from ascbridge.people.data_keys import DataKeys
    from ascbridge.relationship.grounds import Reader
    from ascbridge.relationship.own_words import Stated

CALLERS = {
    "self": "The person",
    "family": "Family, a friend or a neighbour",
    "carer": "An unpaid carer",
    "provider": "A care provider",
    "health": "A GP, a nurse, a ward or the ambulance service",
    "emergency": "Police or fire",
    "other": "Somebody else",
}
"""Who got in touch, by code."""


class ContactRefused(ValueError):
    """A contact that cannot be written down, as it is; the text says why."""


def end_of_shift(now_ms: int, ends: Sequence[time]) -> int:
    """Return when the shift ends that runs now (UTC ms): the next of these times on the clocks of London."""
    today = datetime.fromtimestamp(now_ms / 1000, LONDON).date()
    times = [
        moment(day, one.hour * 60 + one.minute) for day in (today, today + timedelta(days=1)) for one in ends
    ]
    return min(at_ms for at_ms in times if at_ms > now_ms)


def log_contact(
    connection: Connection,
    data_keys: DataKeys,
    reader: Reader,
    actor: Actor,
    stated: Stated,
    prefix: str,
) -> list[ReleasedEvent]:
    """Write down that somebody got in touch about a person; return the events to emit. Raises `ContactRefused`."""
    person_id, text = stated.person_id, stated.text.strip()
    if stated.choice not in CALLERS:
        raise ContactRefused("choose who got in touch")
    if not text:
        raise ContactRefused("say who it was and what about")
    id = derived_id(
        stated.at_ms, "contact", person_id, reader.who, reader.role, reader.sign_in, stated.choice, text
    )
    if connection.execute(select(duty_contact.c.person_id).where(duty_contact.c.contact_id == id)).first():
        return []  # the same form, sent twice
    kept = own_words.put(connection, data_keys, person_id, id, text)
    row = {
        "contact_id": id, "person_id": person_id, "who": reader.who, "role": reader.role, "sign_in": reader.sign_in,
        "caller": stated.choice, "sealed": kept.sealed, "key_id": kept.key_id, "at_ms": stated.at_ms,
        "until_ms": stated.until_ms,
    }  # fmt: skip
    connection.execute(duty_contact.insert(), [row])
    actor.did(connection, "contact written down", person_id, CALLERS[stated.choice], stated.at_ms)
    return _told(connection, data_keys, reader, stated, id, prefix)


def _told(
    connection: Connection, data_keys: DataKeys, reader: Reader, stated: Stated, id: str, prefix: str
) -> list[ReleasedEvent]:
    """Say it of one of the person's records: of which one, nobody who rings knows."""
    keys = keys_of(connection, [stated.person_id]).get(stated.person_id, ())
    if not keys:
        return []
    fact = DutyContactTaken.model_validate(
        {"contact": id, "caller": stated.choice, "role": reader.role, "until_ms": stated.until_ms}
    )
    sealed = SealedDutyContact(contact_taken_by=reader.who, contact_words=stated.text.strip())
    item = KnownDraft(min(keys), "duty-contact", stated.at_ms, fact, sealed)
    return release_known(connection, [item], Cause(id, id, stated.at_ms), data_keys, prefix, stated.at_ms)


def in_force(connection: Connection, reader: Reader, person_id: str, now_ms: int) -> str:
    """Return who got in touch with this reader about this person in the shift that runs; empty where nobody did."""
    wanted = select(duty_contact.c.caller).where(
        duty_contact.c.person_id == person_id,
        duty_contact.c.who == reader.who,
        duty_contact.c.until_ms > now_ms,
        duty_contact.c.role == reader.role,
        duty_contact.c.sign_in == reader.sign_in,
    )
    newest = wanted.order_by(duty_contact.c.until_ms.desc(), duty_contact.c.at_ms.desc()).limit(1)
    return connection.execute(newest).scalar() or ""
