"""The evidence of a task as people read it: which message said what, in which segment, and what that
changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ascbridge.people.identities import in_lists
from ascbridge.storage.tables import message
from ascbridge.web.stay_fields import FIELD_NAMES, WHEREABOUTS, place_of, read_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.discharge.lists.task_story import EvidenceRow
    from ascbridge.intake.sources.profile import Profile


@dataclass(frozen=True, slots=True)
class Value:
    """One value that a message stated: what it is, where it stood, and how to read it. `understood` is
    false for a code that nobody has mapped.
    """

    name: str
    place: str
    said: str
    understood: bool = True


@dataclass(frozen=True, slots=True)
class Shown:
    """One event of a task's story. Times are UTC epoch milliseconds."""

    event_id: str
    message_id: str
    what: str
    happened_ms: int
    recorded_ms: int
    effect: str
    feed: str
    trigger: str
    control_id: str
    values: tuple[Value, ...]
    replaced: bool  # its message was read again, and this no longer counts


@dataclass(frozen=True, slots=True)
class _Source:
    feed: str
    trigger: str
    control_id: str


_NO_SOURCE = _Source("", "", "")


def evidence_shown(
    connection: Connection, rows: Sequence[EvidenceRow], profiles: Mapping[str, Profile], *, restricted: bool
) -> tuple[Shown, ...]:
    """Return the events of a story, oldest first, each with the message that it came from.

    Where a restricted person is stands in none of them.
    """
    sources = _sources(connection, {row.message_id for row in rows})
    return tuple(
        _shown(_without_place(row) if restricted else row, sources.get(row.message_id, _NO_SOURCE), profiles)
        for row in rows
    )


def _without_place(row: EvidenceRow) -> EvidenceRow:
    return replace(row, data={name: value for name, value in row.data.items() if name not in WHEREABOUTS})


def event_words(event_type: str) -> str:
    """Say an event type in words: ``discharge.patient-ready-for-discharge.v1`` is ``Patient ready for
    discharge``.
    """
    parts = event_type.split(".")
    return (parts[-2] if len(parts) > 1 else event_type).replace("-", " ").capitalize()


def _sources(connection: Connection, message_ids: Iterable[str]) -> dict[str, _Source]:
    columns = (message.c.message_id, message.c.feed, message.c.trigger, message.c.control_id)
    return {
        row[0]: _Source(*row[1:])
        for part in in_lists(sorted(message_ids))
        for row in connection.execute(select(*columns).where(message.c.message_id.in_(part)))
    }


def _shown(row: EvidenceRow, source: _Source, profiles: Mapping[str, Profile]) -> Shown:
    profile = profiles.get(source.feed)
    return Shown(
        event_id=row.event_id,
        message_id=row.message_id if source.feed else "",
        what=event_words(row.type),
        happened_ms=row.time_ms,
        recorded_ms=row.recorded_ms,
        effect=row.effect,
        feed=profile.feed.source_name if profile else source.feed,
        trigger=source.trigger,
        control_id=source.control_id,
        values=tuple(_values(row.data, profile)),
        replaced=row.replaced,
    )


def _values(data: Mapping[str, Any], profile: Profile | None) -> Iterable[Value]:
    for field, name in FIELD_NAMES.items():
        value = data.get(field)
        if value is None or value == "":
            continue
        understood = not (isinstance(value, dict) and "source_code" in value and value["code"] is None)
        yield Value(name, place_of(field, profile), read_value(field, value), understood)
    for field in data.get("clears", ()):
        yield Value(FIELD_NAMES.get(field, field), place_of(field, profile), "emptied by the hospital")
