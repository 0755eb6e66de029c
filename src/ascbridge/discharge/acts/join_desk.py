"""What a person says about a stay that was entered by hand: another one is the same, or is not. That holds.

That two stays are one says that their people are one too, so both are written down together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.discharge.acts.desk import NotAChoice, NotNow, Sitting, record_act, spell_of
from ascbridge.discharge.stay.joining import JOINED
from ascbridge.people import links
from ascbridge.people.membership import keys_of, person_of
from ascbridge.storage.tables import entered_stay, spell

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.events.logs.sealing import Keyring


def join_stay(
    connection: Connection, sitting: Sitting, keyring: Keyring, task_id: str, stay: str, why: str
) -> int:
    """Say that another stay is the one of this task, which was entered by hand; the link of the people keeps `why`.

    Returns the task's new version. Raises as `desk.note`, `NotAChoice`, and `links.DecisionRefused`.
    """
    here, there = _both(connection, sitting, task_id, stay)
    persons = person_of(connection, [here, there])
    if persons[here] != persons[there]:
        theirs = keys_of(connection, [persons[there]])[persons[there]]
        events = links.link(
            connection, keyring, here, theirs,
            actor=sitting.actor, why=why, prefix=sitting.desk.prefix, now_ms=sitting.now_ms,
        )  # fmt: skip
        sitting.desk.outbox.emit(connection, events, sitting.now_ms)
    return record_act(connection, sitting, task_id, "join_stay", {"stay": stay}, why, opened=False)


def keep_apart(connection: Connection, sitting: Sitting, task_id: str, stay: str, text: str = "") -> int:
    """Say that another stay is not the one of this task, whatever speaks for it. Returns and raises as `join_stay`."""
    _both(connection, sitting, task_id, stay)
    return record_act(connection, sitting, task_id, "keep_apart", {"stay": stay}, text, opened=False)


def _both(connection: Connection, sitting: Sitting, task_id: str, stay: str) -> tuple[str, str]:
    """Return the patient keys of the task's stay, as it was entered, and of the other one.

    Raises `NotNow`, `NotAChoice`.
    """
    s, e = spell.c, entered_stay.c
    by_hand = spell_of(connection, sitting, task_id)
    wanted = select(e.patient_key).join(spell, (s.generation == e.generation) & (s.spell_key == e.spell_key))
    here = connection.scalar(
        wanted.where(e.generation == sitting.desk.generation, e.spell_key == by_hand, s.decision != JOINED)
    )
    if here is None:
        raise NotNow("This stay was not entered by hand, or it is joined with another one already.")
    there = connection.scalar(
        select(s.patient_key).where(s.generation == sitting.desk.generation, s.spell_key == stay)
    )
    if there is None or stay == by_hand:
        raise NotAChoice(f"{stay!r} is no other stay")
    return here, there
