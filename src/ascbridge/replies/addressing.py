"""Who a reply is about, in the hospital's own numbers: looked up when it is sent, so that an erased person stays so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.events.facts.catalogue import SealedPatient, SealedVisit
from ascbridge.people.membership import restricted
from ascbridge.people.opening import Erased, open_sealed
from ascbridge.replies.rri import Told
from ascbridge.storage.tables import patient, spell

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys
    from ascbridge.replies.reply_store import Queued

_SHARED = frozenset({"verified", "unverified"})
"""Which NHS numbers are told: one that fails its check stays with whoever sent it."""


def told_of(
    connection: Connection,
    data_keys: DataKeys,
    queued: Queued,
    generation: int,
    words: Callable[[Queued], tuple[str, str]],
) -> Told | None:
    """Return what is to be told, with the numbers by which the hospital knows the patient.

    `words` gives the words of the reason and of what comes next. None where the stay is gone, the person erased, or
    the hospital never named a visit: then there is nothing that could be told.
    """
    stay = connection.execute(
        select(spell.c.patient_key, spell.c.sealed, spell.c.key_id, spell.c.sealed_event).where(
            spell.c.generation == generation, spell.c.spell_key == queued.spell_key
        )
    ).first()
    if stay is None or stay.sealed is None:
        return None
    hidden = bool(restricted(connection, [stay.patient_key]))
    visit = open_sealed(
        connection,
        data_keys,
        stay.sealed,
        stay.key_id,
        stay.sealed_event,
        restricted=hidden,
        model=SealedVisit,
    )
    who = _who(connection, data_keys, stay.patient_key, hidden=hidden)
    if isinstance(visit, Erased) or who is None:
        return None
    details, authority, number_state = who
    reason_words, next_words = words(queued)
    return Told(
        control_id=queued.control_id,
        task=queued.task_id,
        progress=queued.progress,
        since_ms=queued.since_ms,
        team=queued.owner_team,
        reason=queued.reason,
        reason_words=reason_words,
        next_words=next_words,
        authority=authority,
        local_id=details.local_id,
        nhs_number=details.nhs_number if number_state in _SHARED else "",
        visit_number=visit.visit_number,
        family_name=details.family_name,
        given_names=details.given_names,
        birth_date=details.birth_date,
    )


def _who(
    connection: Connection, data_keys: DataKeys, patient_key: str, *, hidden: bool
) -> tuple[SealedPatient, str, str] | None:
    row = connection.execute(
        select(
            patient.c.sealed,
            patient.c.key_id,
            patient.c.sealed_event,
            patient.c.authority,
            patient.c.number_state,
        ).where(patient.c.patient_key == patient_key)
    ).first()
    if row is None or row.sealed is None:
        return None
    details = open_sealed(
        connection,
        data_keys,
        row.sealed,
        row.key_id,
        row.sealed_event,
        restricted=hidden,
        model=SealedPatient,
    )
    return None if isinstance(details, Erased) else (details, row.authority, row.number_state)
