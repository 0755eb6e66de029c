"""Which stays could be the one that somebody entered by hand, where nobody may say so but a person.

Each comes with what speaks for it: the same NHS number, name and birth date, the hospital's own number, or the same
person. Nothing here joins anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson
from sqlalchemy import select

from ascbridge.discharge.deciding.decision import KIND
from ascbridge.discharge.deciding.desk_state import desk_state
from ascbridge.discharge.keeping import store
from ascbridge.discharge.stay.joining import JOINED
from ascbridge.events.facts.catalogue import StayChanged
from ascbridge.people import identities
from ascbridge.people.finding import find_anywhere
from ascbridge.people.matching import number_lookup
from ascbridge.people.membership import keys_of, person_of
from ascbridge.people.nhs_numbers import checks
from ascbridge.storage.prepared import unindexed
from ascbridge.storage.tables import entered_stay, patient, spell, task

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection, Select

    from ascbridge.events.facts.catalogue import SealedPatient
    from ascbridge.events.logs.envelope import Ref
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.people.data_keys import DataKeys

Because = Literal["person", "number", "name", "local-number"]
_NEVER_WAS = frozenset({"cancelled", "entered-in-error"})
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Look:
    """Whom to look for: who they are as written, and under which names their hospital may know them (`local`)."""

    who: SealedPatient
    person_id: str = ""
    local: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class PossibleStay:
    """A stay that could be the same. `task` is empty where it has none; `by_hand`: somebody entered this one too."""

    spell: str
    patient_key: str
    person_id: str
    stay: StayChanged
    task: str
    by_hand: bool
    because: tuple[Because, ...]


def any_entered(connection: Connection, generation: int) -> bool:
    """Whether anybody ever entered a stay by hand."""
    some = select(entered_stay.c.spell_key).where(entered_stay.c.generation == generation)
    return connection.scalar(some.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Unjoined:
    """A stay that somebody entered, on which there is work, and with which no message is joined yet.

    `from_ms` is when it was entered (UTC ms), `apart` the stays that a person said it is not.
    """

    spell: str
    patient_key: str
    person_id: str
    facility: str
    task: str
    from_ms: int
    apart: frozenset[str]


def unjoined(connection: Connection, generation: int, most: int) -> list[Unjoined]:
    """Return the stays that were entered by hand and wait for the hospital's messages, the oldest first."""
    rows = connection.execute(_entered(generation, most)).all()
    waiting = [row for row in rows if not orjson.loads(row.explanation).get("joined")]
    stays = {row.spell_key: store.Stay(row.spell_key, row.patient_key) for row in waiting}
    store.read_acts(connection, stays)
    return [
        Unjoined(
            row.spell_key, row.patient_key, row.person_id, row.facility, row.task_id, row.opened_ms,
            desk_state(stays[row.spell_key].acts).apart,
        )
        for row in waiting
    ]  # fmt: skip


def _entered(generation: int, most: int) -> Select[Any]:
    """From the few that were entered by hand: by the order, or by what is to be done, every task would be read."""
    s, e, t = spell.c, entered_stay.c, task.c
    return (
        select(s.spell_key, e.patient_key, s.person_id, s.facility, s.explanation, t.task_id, t.opened_ms)
        .select_from(entered_stay)
        .join(spell, (s.spell_key == unindexed(e.spell_key)) & (s.generation == e.generation))
        .join(task, (t.spell_key == s.spell_key) & (t.generation == s.generation) & (t.kind == KIND))
        .where(e.generation == generation, unindexed(t.to_do) > 0, s.decision != JOINED)
        .order_by(unindexed(t.opened_ms), s.spell_key)
        .limit(most)
    )


def possible(
    connection: Connection,
    keyring: Keyring,
    data_keys: DataKeys,
    look: Look,
    days: tuple[int, int],
    *,
    generation: int,
    but: Collection[str] = (),
) -> list[PossibleStay]:
    """Return the stays on any of these days (UTC ms, before the second) of whoever may be meant, `but` some."""
    found = _people(connection, keyring, data_keys, look)
    keys = {key: person for person, all_keys in keys_of(connection, found).items() for key in all_keys}
    s = spell.c
    rows = connection.execute(
        select(s.spell_key, s.patient_key, s.view, task.c.task_id, entered_stay.c.spell_key)
        .outerjoin(
            task,
            (task.c.spell_key == s.spell_key) & (task.c.generation == s.generation) & (task.c.kind == KIND),
        )
        .outerjoin(
            entered_stay,
            (entered_stay.c.spell_key == s.spell_key) & (entered_stay.c.generation == s.generation),
        )
        .where(s.generation == generation, s.patient_key.in_(keys), s.decision != JOINED)
        .order_by(s.spell_key)
    )  # fmt: skip
    possibles = []
    for key, owner, view, its_task, by_hand in rows:
        stay = StayChanged.model_validate_json(view)
        if key not in but and _meets(stay, days):
            because = found[keys[owner]]
            possibles.append(
                PossibleStay(key, owner, keys[owner], stay, its_task or "", by_hand is not None, because)
            )
    return possibles[:MOST_SHOWN]


def _meets(stay: StayChanged, days: tuple[int, int]) -> bool:
    came, left = stay.admitted_ms, stay.discharged_ms
    if stay.status in _NEVER_WAS or (came is not None and came >= days[1]):
        return False
    return left is None or left >= days[0]


def _people(
    connection: Connection, keyring: Keyring, data_keys: DataKeys, look: Look
) -> dict[str, tuple[Because, ...]]:
    """Return who may be meant, by person id, and what speaks for each."""
    who, because = look.who, dict[str, list[Because]]()

    def speak(persons: Iterable[str], what: Because) -> None:
        for person in persons:
            because.setdefault(person, []).append(what)

    if look.person_id:
        speak([look.person_id], "person")
    if checks(who.nhs_number):
        same = patient.c.nhs_lookup == number_lookup(keyring, who.nhs_number)
        rows = connection.execute(select(patient.c.person_id).where(same).distinct())
        speak(sorted(rows.scalars()), "number")
    name = " ".join((*who.given_names[:1], who.family_name))
    named = find_anywhere(connection, keyring, data_keys, name, born=who.birth_date)
    speak(sorted({one.person_id for one in named}), "name")
    known = identities.known(connection, keyring, look.local) if look.local else {}
    speak(sorted(set(person_of(connection, known.values()).values())), "local-number")
    return {person: tuple(said) for person, said in because.items()}
