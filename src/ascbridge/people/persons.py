"""Learns who is who: folds what messages say about patients into the tables, and tells what follows.

For each patient key the last recorded statement decides, by the stamp that its source gave it and never by
the time of arrival. Links converge whatever the order and repetition (`people.groups`). Restriction sticks: a
message can set it, none can lift it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.catalogue import (
    PatientDetailsRecorded,
    PatientRestricted,
    PatientsLinked,
    PatientsUnlinked,
    SealedPatient,
    VisitMoved,
)
from ascbridge.people import casefile_store, possible_matches, quarantine
from ascbridge.people.data_keys import DataKeys
from ascbridge.people.hearing import Hearing
from ascbridge.people.matching import Marking, calls_otherwise
from ascbridge.people.membership import keys_of, person_of
from ascbridge.people.release import known_drafts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import Cause, Draft, Ref
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.people.casefile import CaseFile, Patient
    from ascbridge.people.matching import Marks
    from ascbridge.people.release import KnownDraft

__all__ = ["keys_of", "learn", "learn_batch", "person_of"]


def learn(
    connection: Connection,
    keyring: Keyring,
    known: Mapping[Ref, str],
    drafts: Sequence[Draft],
    cause: Cause,
    now_ms: int,
) -> list[Draft]:
    """Learn from what one message said; `known` gives the patient key of every ref. See `learn_batch`."""
    return learn_batch(connection, keyring, [(cause, known_drafts(drafts, known))], now_ms)[0]


def learn_batch(
    connection: Connection, keyring: Keyring, batch: Sequence[tuple[Cause, Sequence[KnownDraft]]], now_ms: int
) -> list[list[Draft]]:
    """Learn from what each cause said, in order, and return for each the drafts that follow from it.

    They tell each patient key whose links changed (`PatientsLinked`, `PatientsUnlinked`), so that all it
    touches is folded and published again, and each that is now restricted through another key of its person.
    Release them with the drafts that they follow from.
    """
    items = [item for _, said in batch for item in said]
    file = casefile_store.meet(connection, {key for item in items for key in _keys(item)}, now_ms)
    marking = Marking(keyring)
    stated = _marks(marking, items)
    data_keys, speaking = DataKeys(keyring), {item.patient_key for item, _ in stated}
    casefile_store.unseal(connection, file, data_keys, speaking)
    wide = any(cause.translation for cause, _ in batch) or _concerns_others(file, items, stated)
    if wide:
        numbers: dict[str, set[str]] = {}
        for item, said in stated:
            numbers.setdefault(said.number, set()).add(item.patient_key)
        numbers.pop("", None)
        linking = any(isinstance(item.fact, PatientsLinked | PatientsUnlinked) for item in items)
        file = casefile_store.widen(connection, file, numbers, now_ms, linking=linking)
        casefile_store.unseal(connection, file, data_keys, speaking | file.sharers(numbers))
    follow = [Hearing(file, marking, cause).hear(said) for cause, said in batch]
    possible_matches.take_turns(connection, file)
    casefile_store.save(connection, file, data_keys, now_ms)
    if wide:
        quarantine.save(connection, file, now_ms)
    possible_matches.save(connection, file, data_keys, now_ms)
    return follow


def _keys(item: KnownDraft) -> Iterator[str]:
    """Yield the patient keys that a draft speaks of; of some nobody may have spoken before."""
    yield item.patient_key
    match item.fact:
        case PatientsLinked(other=key) | PatientsUnlinked(other=key) | VisitMoved(from_patient=key):
            yield key
        case _:
            pass


def _marks(marking: Marking, items: Sequence[KnownDraft]) -> list[tuple[KnownDraft, Marks]]:
    return [
        (item, marking.of(item.fact, _sealed(item)))
        for item in items
        if isinstance(item.fact, PatientDetailsRecorded)
    ]


def _concerns_others(
    file: CaseFile, items: Sequence[KnownDraft], stated: Sequence[tuple[KnownDraft, Marks]]
) -> bool:
    """Whether the batch says anything new of numbers, links or restriction: others may be concerned."""
    for item in items:
        match item.fact:
            case PatientsLinked() | PatientsUnlinked():
                return True
            case PatientRestricted() if not file.patients[item.patient_key].level:
                return True
            case _:
                pass
    return any(_renumbers(file.patients[item.patient_key], item, said) for item, said in stated)


def _renumbers(one: Patient, item: KnownDraft, said: Marks) -> bool:
    """Whether the draft, were it the last word, would change what joins or parts the patient and another."""
    cleared = item.fact.clears if isinstance(item.fact, PatientDetailsRecorded) else ()
    sealed = _sealed(item)
    numbered = bool(sealed.nhs_number) or "nhs_number" in cleared
    born = bool(sealed.birth_date) or "birth_date" in cleared
    number_differs = (said.number, said.number_state) != (one.number, one.number_state)
    if (numbered and number_differs) or (born and said.birth != one.birth):
        return True
    if one.details is None or not one.number or not isinstance(item.fact, PatientDetailsRecorded):
        return False
    return calls_otherwise(one.details, item.fact, sealed)


def _sealed(item: KnownDraft) -> SealedPatient:
    return item.sealed if isinstance(item.sealed, SealedPatient) else SealedPatient()
