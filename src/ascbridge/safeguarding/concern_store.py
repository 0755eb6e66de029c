"""Concerns, acts and messages in the database behind the wall: all SQL of safeguarding. What is said is sealed whole.

Each state of a concern is sealed to its id and version, so that no row can be put in another's place.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import delete, func, select, update

from ascbridge.events.facts.concerns import Concern
from ascbridge.events.facts.fact import Part
from ascbridge.events.logs.sealing import seal
from ascbridge.people.opening import Erased, SealedValue, open_bytes, open_many
from ascbridge.safeguarding.concern_clocks import due_ms
from ascbridge.storage.tables import adult, concern, concern_act, walled_message
from ascbridge.storage.upsert import insert, insert_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from ascbridge.safeguarding.vault import Vault


MOST_REMEMBERED = 20_000
"""Of concerns that were opened: some 60 MB."""


@dataclass(frozen=True, slots=True)
class Stood:
    """A concern as it stands: what it says, whom it is about on this side of the wall, and its version."""

    said: Concern
    subject_key: str
    version: int


class Act(Part):
    """One thing that was done with a concern. `text` is what somebody wrote."""

    version: int = 0
    at_ms: int = 0
    act: str
    who: str
    role: str
    choice: str = ""
    text: str = ""


# -- adults --------------------------------------------------------------------------------------------------------


def subject_of(connection: Connection, lookups: Sequence[str], now_ms: int) -> str:
    """Return the key of the adult with one of these lookups, the first that is known; else a new one.

    Lookups that nobody knew lead to the same adult from now on; two that lead to two adults stay with each.
    """
    known = {
        row.lookup: row.subject_key
        for row in connection.execute(select(adult).where(adult.c.lookup.in_(lookups)))
    }
    key = next((known[one] for one in lookups if one in known), "p" + secrets.token_hex(16))
    rows = [{"lookup": one, "subject_key": key, "known_ms": now_ms} for one in lookups if one not in known]
    insert_missing(connection, adult, rows)
    return key


def known_adult(connection: Connection, lookup: str) -> str:
    """Return the adult's key, or an empty text."""
    return connection.scalar(select(adult.c.subject_key).where(adult.c.lookup == lookup)) or ""


# -- concerns ------------------------------------------------------------------------------------------------------


def add(connection: Connection, vault: Vault, stood: Stood, source_lookup: str) -> None:
    """Write a new concern."""
    insert(connection, concern, [_row(connection, vault, stood) | {"source_lookup": source_lookup}])


def change(connection: Connection, vault: Vault, stood: Stood) -> bool:
    """Write a concern's next version; return False where somebody else wrote that version first."""
    row = _row(connection, vault, stood)
    written = connection.execute(
        update(concern)
        .where(concern.c.concern_id == stood.said.concern, concern.c.version == stood.version - 1)
        .values(**{name: value for name, value in row.items() if name != "concern_id"})
    )
    return written.rowcount == 1


def by_id(connection: Connection, vault: Vault, concern_id: str) -> Stood | None:
    """Return one concern, or None."""
    return next(
        iter(_found(connection, vault, select(concern).where(concern.c.concern_id == concern_id))), None
    )


def by_ids(connection: Connection, vault: Vault, concern_ids: Iterable[str]) -> list[Stood]:
    """Return those of these concerns that there are."""
    return _found(
        connection, vault, select(concern).where(concern.c.concern_id.in_(sorted(set(concern_ids))))
    )


def by_reference(connection: Connection, vault: Vault, reference: str) -> Stood | None:
    """Return the concern whose sender was told this reference, or None."""
    return next(
        iter(_found(connection, vault, select(concern).where(concern.c.reference == reference))), None
    )


def by_source(connection: Connection, vault: Vault, source_lookup: str) -> Stood | None:
    """Return the concern that its sender knows under a number, by that number's keyed hash, or None."""
    wanted = select(concern).where(concern.c.source_lookup == source_lookup)
    return next(iter(_found(connection, vault, wanted)), None)


def every_open(connection: Connection, vault: Vault) -> list[Stood]:
    """Return all that is not closed."""
    return _found(connection, vault, select(concern).where(concern.c.closed_ms.is_(None)))


def closed_since(connection: Connection, vault: Vault, since_ms: int) -> list[Stood]:
    """Return what was closed at or after a time, the latest first."""
    wanted = select(concern).where(concern.c.closed_ms >= since_ms)
    return _found(connection, vault, wanted.order_by(concern.c.closed_ms.desc()))


def of_adults(connection: Connection, vault: Vault, subject_keys: Iterable[str]) -> dict[str, list[Stood]]:
    """Return every concern about each of these adults, the earliest first."""
    keys = sorted(set(subject_keys))
    found: dict[str, list[Stood]] = {key: [] for key in keys}
    for part in (keys[start : start + 500] for start in range(0, len(keys), 500)):
        wanted = select(concern).where(concern.c.subject_key.in_(part)).order_by(concern.c.raised_ms)
        for one in _found(connection, vault, wanted):
            found[one.subject_key].append(one)
    return found


def with_adults(connection: Connection, vault: Vault, stood: Iterable[Stood]) -> dict[str, list[Stood]]:
    """Return every concern about the adults of these, the earliest first; these are not opened once more."""
    opened = {one.said.concern: one for one in stood}
    keys = sorted({one.subject_key for one in opened.values()})
    ids: list[str] = []
    for part in (keys[start : start + 500] for start in range(0, len(keys), 500)):
        ids += connection.scalars(select(concern.c.concern_id).where(concern.c.subject_key.in_(part)))
    missing = [one for one in ids if one not in opened]
    for part in (missing[start : start + 500] for start in range(0, len(missing), 500)):
        opened |= {one.said.concern: one for one in by_ids(connection, vault, part)}
    found: dict[str, list[Stood]] = {key: [] for key in keys}
    for one in sorted(opened.values(), key=lambda one: one.said.raised_ms):
        found[one.subject_key].append(one)
    return found


def latest(connection: Connection, since_ms: int) -> str:
    """Return a text that is another one after every change since a time; an index alone is read for it."""
    wanted = select(func.count(), func.sum(concern.c.version), func.max(concern.c.changed_ms))
    return str(tuple(connection.execute(wanted.where(concern.c.changed_ms >= since_ms)).one()))


def raised_since(connection: Connection, vault: Vault, since_ms: int) -> list[Stood]:
    """Return every concern that was raised at or after a time."""
    return _found(connection, vault, select(concern).where(concern.c.raised_ms >= since_ms))


def raised_of(connection: Connection, subject_key: str) -> list[int]:
    """Return when each concern about an adult was raised (UTC ms); nothing is opened, so more take no longer."""
    wanted = select(concern.c.raised_ms).where(concern.c.subject_key == subject_key)
    return list(connection.scalars(wanted))


# -- acts ----------------------------------------------------------------------------------------------------------


def add_act(connection: Connection, vault: Vault, stood: Stood, act: Act) -> None:
    """Write what was done, under the version of the concern that it made."""
    act_id = f"{stood.said.concern}.{act.version}"
    key = vault.data_keys.ensure(connection, [stood.subject_key], act.at_ms)[stood.subject_key]
    body = seal(act.model_dump_json().encode(), key.key, act_id)
    row = {
        "act_id": act_id, "concern_id": stood.said.concern, "version": act.version, "at_ms": act.at_ms,
        "sealed": body, "key_id": key.key_id,
    }  # fmt: skip
    insert(connection, concern_act, [row])


def acts_of(connection: Connection, vault: Vault, concern_id: str) -> list[Act]:
    """Return what was done with a concern, in order."""
    wanted = select(concern_act).where(concern_act.c.concern_id == concern_id).order_by(concern_act.c.version)
    values = [(SealedValue(row.sealed, row.key_id, row.act_id), False) for row in connection.execute(wanted)]
    opened = open_many(connection, vault.data_keys, values, model=Act)
    return [one for one in opened if not isinstance(one, Erased)]


# -- what came in --------------------------------------------------------------------------------------------------


def message_of(connection: Connection, way: str, digest: str) -> Row[Any] | None:
    """Return what came in with this content by this way, or None."""
    wanted = select(walled_message).where(walled_message.c.way == way, walled_message.c.digest == digest)
    return connection.execute(wanted).first()


def keep_message(
    connection: Connection, vault: Vault, owner: str, body: dict[str, Any], now_ms: int, **row: str
) -> None:
    """Keep what came in, sealed with the key of `owner`, an adult or the message itself."""
    message_id = "m" + secrets.token_hex(16)
    key = vault.data_keys.ensure(connection, [owner], now_ms)[owner]
    body_sealed = seal(orjson.dumps(body), key.key, message_id)
    kept = {"message_id": message_id, "body": body_sealed, "key_id": key.key_id, "received_ms": now_ms}
    insert(connection, walled_message, [kept | row])


@dataclass(frozen=True, slots=True)
class Waiting:
    """A statement of the case system that waits for its concern (`concern_id`: the lookup of that), as JSON."""

    message_id: str
    concern_id: str
    body: bytes


def waiting_of(connection: Connection, vault: Vault, source_lookup: str) -> list[Waiting]:
    """Return what waits for a concern, in the order in which it came."""
    return _waiting(connection, vault, walled_message.c.concern_id == source_lookup)


def waiting_since(connection: Connection, vault: Vault, before_ms: int) -> list[Waiting]:
    """Return what has waited since before a time."""
    return _waiting(connection, vault, walled_message.c.received_ms < before_ms)


def came_through(connection: Connection, message_id: str, concern_id: str) -> None:
    """Note that a statement waits no longer, and which concern it went to."""
    connection.execute(
        update(walled_message)
        .where(walled_message.c.message_id == message_id)
        .values(outcome="taken", concern_id=concern_id)
    )


def _waiting(connection: Connection, vault: Vault, which: ColumnElement[bool]) -> list[Waiting]:
    wanted = select(walled_message).where(walled_message.c.outcome == "waiting", which)
    rows = list(
        connection.execute(wanted.order_by(walled_message.c.received_ms, walled_message.c.message_id))
    )
    sealed = [SealedValue(row.body, row.key_id, row.message_id) for row in rows]
    return [
        Waiting(row.message_id, row.concern_id, body)
        for row, body in zip(rows, open_bytes(connection, vault.data_keys, sealed), strict=True)
        if not isinstance(body, Erased)
    ]


# -- forgetting ----------------------------------------------------------------------------------------------------


def forget(connection: Connection, vault: Vault, before_ms: int, now_ms: int) -> int:
    """Forget adults all of whose concerns were closed before a time: rows go, and so do their keys.

    What came before that time and raised nothing goes too.
    """
    nothing = (walled_message.c.concern_id == "", walled_message.c.received_ms < before_ms)
    connection.execute(delete(walled_message).where(*nothing))
    still = select(concern.c.subject_key).where(
        concern.c.closed_ms.is_(None) | (concern.c.closed_ms >= before_ms)
    )
    old = select(concern.c.subject_key, concern.c.concern_id).where(concern.c.subject_key.not_in(still))
    rows = list(connection.execute(old))
    gone = sorted({row.subject_key for row in rows})
    if not gone:
        return 0
    ids = [row.concern_id for row in rows]
    for part in (ids[start : start + 500] for start in range(0, len(ids), 500)):
        connection.execute(delete(concern_act).where(concern_act.c.concern_id.in_(part)))
        connection.execute(delete(walled_message).where(walled_message.c.concern_id.in_(part)))
        connection.execute(delete(concern).where(concern.c.concern_id.in_(part)))
    for part in (gone[start : start + 500] for start in range(0, len(gone), 500)):
        connection.execute(delete(adult).where(adult.c.subject_key.in_(part)))
    vault.data_keys.erase(connection, gone, now_ms)
    return len(ids)


def _row(connection: Connection, vault: Vault, stood: Stood) -> dict[str, Any]:
    said, now_ms = stood.said, vault.clock.now_ms()
    key = vault.data_keys.ensure(connection, [stood.subject_key], now_ms)[stood.subject_key]
    return {
        "concern_id": said.concern,
        "reference": said.reference,
        "subject_key": stood.subject_key,
        "status": said.status,
        "team": said.team,
        "version": stood.version,
        "raised_ms": said.raised_ms,
        "due_ms": due_ms(said),
        "closed_ms": _closed_ms(said, now_ms),
        "sealed": seal(said.model_dump_json().encode(), key.key, f"{said.concern}.{stood.version}"),
        "key_id": key.key_id,
        "changed_ms": now_ms,
    }


def _closed_ms(said: Concern, now_ms: int) -> int | None:
    if said.status != "closed":
        return None
    if said.conclusion is not None:
        return said.conclusion.at_ms
    return said.decision.at_ms if said.decision is not None else now_ms


def _found(connection: Connection, vault: Vault, wanted: Select[Any]) -> list[Stood]:
    """Open what is asked for. Of what was opened before only whether its key still lives is asked again."""
    head = (concern.c.concern_id, concern.c.version, concern.c.subject_key, concern.c.key_id)
    rows = list(connection.execute(wanted.with_only_columns(*head)))
    living = vault.data_keys.by_id(connection, {row.key_id for row in rows}) if rows else {}
    known = {
        row.concern_id: Stood(said, row.subject_key, row.version)
        for row in rows
        if (said := vault.opened.get((row.concern_id, row.version))) is not None
    }
    known |= _opened(connection, vault, [row.concern_id for row in rows if row.concern_id not in known])
    return [
        known[row.concern_id] for row in rows if row.concern_id in known and living[row.key_id] is not None
    ]


def _opened(connection: Connection, vault: Vault, ids: list[str]) -> dict[str, Stood]:
    """Open concerns as they stand now, and remember what each version says."""
    found: dict[str, Stood] = {}
    for part in (ids[start : start + 500] for start in range(0, len(ids), 500)):
        rows = list(connection.execute(select(concern).where(concern.c.concern_id.in_(part))))
        values = [
            (SealedValue(row.sealed, row.key_id, f"{row.concern_id}.{row.version}"), False) for row in rows
        ]
        opened = open_many(connection, vault.data_keys, values, model=Concern)
        for row, said in zip(rows, opened, strict=True):
            if not isinstance(said, Erased):
                found[row.concern_id] = Stood(said, row.subject_key, row.version)
                vault.opened[row.concern_id, row.version] = said
    if len(vault.opened) > MOST_REMEMBERED:
        vault.opened.clear()
    return found
