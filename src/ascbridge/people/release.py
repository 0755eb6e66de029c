"""The one gate through which facts leave: restriction applied, what names anybody sealed, the id settled.

Only this module makes a `ReleasedEvent`, and the outbox takes nothing else; a test holds the code to it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.events.facts.catalogue import Fact, Part, PatientRestricted, fact_name
from ascbridge.events.logs import trace_context
from ascbridge.events.logs.envelope import Cause, Draft, Ref, ReleasedEvent, derived_id
from ascbridge.events.logs.log import SHADOW
from ascbridge.events.logs.sealing import seal
from ascbridge.people.data_keys import living_key
from ascbridge.people.identities import key_of
from ascbridge.people.membership import restricted
from ascbridge.people.opening import without_withheld

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKey, DataKeys


@dataclass(frozen=True, slots=True)
class KnownDraft:
    """A fact about a patient who is already known by key. `happened_ms` is UTC epoch milliseconds.

    `shadow`: it goes to the topic of what is not heard. `walled`: it carries nothing that a restriction withholds,
    whether the patient is known to be restricted or not.
    """

    patient_key: str
    slot: str
    happened_ms: int
    fact: Fact
    sealed: Part | None = None
    shadow: bool = False
    walled: bool = False


def release(
    connection: Connection,
    drafts: Sequence[Draft],
    keys: Mapping[Ref, str],
    cause: Cause,
    data_keys: DataKeys,
    prefix: str,
    now_ms: int,
) -> list[ReleasedEvent]:
    """Release what one message said; `keys` gives the patient key of every ref. See `release_batch`."""
    return release_batch(connection, [(cause, known_drafts(drafts, keys))], data_keys, prefix, now_ms)[0]


def release_known(
    connection: Connection,
    items: Sequence[KnownDraft],
    cause: Cause,
    data_keys: DataKeys,
    prefix: str,
    now_ms: int,
) -> list[ReleasedEvent]:
    """Release facts that an engine or a person stated about known patients. See `release_batch`."""
    return release_batch(connection, [(cause, items)], data_keys, prefix, now_ms)[0]


def release_batch(
    connection: Connection,
    batch: Sequence[tuple[Cause, Sequence[KnownDraft]]],
    data_keys: DataKeys,
    prefix: str,
    now_ms: int,
) -> list[list[ReleasedEvent]]:
    """Release what follows from each cause, with two queries for the whole batch.

    A restricted person's events carry nothing that the facts name as withheld. An erased person's carry no
    sealed part. Raises `NoDataKey` where something must be sealed for a patient who never had a data key.
    """
    items = [item for _, drafts in batch for item in drafts]
    hidden = restricted(connection, {item.patient_key for item in items if not item.walled})
    hidden |= {item.patient_key for item in items if isinstance(item.fact, PatientRestricted)}
    living = data_keys.of(connection, {item.patient_key for item in items if item.sealed is not None})
    return [
        [_released(cause, item, hidden, living, prefix, now_ms) for item in drafts] for cause, drafts in batch
    ]


def known_drafts(drafts: Sequence[Draft], keys: Mapping[Ref, str]) -> list[KnownDraft]:
    """Put the patient key in the place of each draft's ref. Raises `KeyError` for a ref that has none."""
    return [
        KnownDraft(key_of(keys, draft.about), draft.slot, draft.happened_ms, draft.fact, _part(draft))
        for draft in drafts
    ]


def event_id(cause: Cause, slot: str, patient_key: str) -> str:
    """Return the id that the event about `patient_key` in this slot of its cause has, now and always."""
    return derived_id(cause.kept_ms, cause.event_id, slot, patient_key, cause.translation)


def sealed_part(sealed: Part, key: DataKey, associated: str) -> bytes:
    """Seal a part's JSON for the event with id `associated`."""
    return seal(sealed.model_dump_json().encode(), key.key, associated)


def _part(draft: Draft) -> Part | None:
    if draft.sealed is None or isinstance(draft.sealed, Part):
        return draft.sealed
    raise TypeError(f"{type(draft.fact).__name__} may not seal a {type(draft.sealed).__name__}")


def _released(
    cause: Cause,
    item: KnownDraft,
    hidden: frozenset[str],
    living: Mapping[str, DataKey | None],
    prefix: str,
    now_ms: int,
) -> ReleasedEvent:
    fact = type(item.fact)
    about = item.patient_key
    id = event_id(cause, item.slot, about)
    data = item.fact.model_dump(mode="json")
    walled = item.walled or about in hidden
    if walled:
        data |= {name: fact.model_fields[name].get_default() for name in fact.withheld}
    key_id = ""
    if item.sealed is not None:
        key = living_key(living, about)
        if key is not None:
            part = without_withheld(item.sealed) if walled else item.sealed
            data["sealed"] = base64.b64encode(sealed_part(part, key, id)).decode()
            key_id = key.key_id
    return ReleasedEvent(
        id=id,
        type=f"{prefix}.{fact_name(fact)}",
        topic=SHADOW if item.shadow else fact.family,
        subject=about,
        time_ms=item.happened_ms,
        recorded_ms=now_ms,
        correlation_id=cause.message_id,
        causation_id=cause.event_id,
        key_id=key_id,
        traceparent=trace_context.child(cause.traceparent, id)
        or trace_context.traceparent(cause.message_id, id),
        data=data,
        read_by=cause.read_by,
    )
