"""The evidence of a task as people read it: which message said what, in which segment, and what that
changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ascbridge.people.identities import in_lists
from ascbridge.storage.tables import message
from ascbridge.web.wording import moment, written_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.discharge.task_story import EvidenceRow
    from ascbridge.intake.sources.profile import Profile

# Where HL7 v2.4 keeps what the facts say, for what no profile moves elsewhere.
_PLACES = {
    "ward": "PV1-3",
    "facility": "PV1-3.4",
    "patient_class": "PV1-2",
    "admitted_ms": "PV1-44",
    "discharged_ms": "PV1-45",
    "admission_method": "PV1-4",
    "admission_source": "PV1-14",
    "discharge_method": "PV1-36",
    "discharge_destination": "PV1-37",
    "expected_discharge": "PV2-9",
    "ready": "ZU1-22",
    "ready_on": "ZU1-24",
    "died": "PID-30",
    "died_on": "PID-29",
}
_WHEREABOUTS = frozenset({"ward", "facility", "residence"})
_NAMES = {
    "ward": "Ward, room, bed",
    "facility": "Hospital site",
    "patient_class": "Patient class",
    "admitted_ms": "Admitted",
    "discharged_ms": "Discharged",
    "admission_method": "How admitted",
    "admission_source": "Admitted from",
    "discharge_method": "How discharged",
    "discharge_destination": "Discharged to",
    "expected_discharge": "Estimated discharge",
    "planned_discharge": "Planned discharge",
    "ready": "Ready to leave",
    "ready_on": "Ready since",
    "expected_admission": "Expected admission",
    "died": "Died",
    "died_on": "Died on",
    "known": "Known to social care",
    "status": "Package of care",
    "kind": "Kind of care",
    "team": "Team that looks after the person",
    "level": "Restriction",
    "age_band": "Age band",
    "residence": "Lives",
}


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
    return replace(row, data={name: value for name, value in row.data.items() if name not in _WHEREABOUTS})


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
    )


def _values(data: Mapping[str, Any], profile: Profile | None) -> Iterable[Value]:
    for field, name in _NAMES.items():
        value = data.get(field)
        if value is None or value == "":
            continue
        understood = not (isinstance(value, dict) and "source_code" in value and value["code"] is None)
        yield Value(name, _place(field, profile), _read(field, value), understood)
    for field in data.get("clears", ()):
        yield Value(_NAMES.get(field, field), _place(field, profile), "emptied by the hospital")


def _place(field: str, profile: Profile | None) -> str:
    """Where this feed keeps it; nothing for a feed that does not speak HL7."""
    if profile is None or profile.feed.source != "hospital_adt":
        return ""
    places: tuple[str, ...] = getattr(profile.where, field, ())
    return " or ".join(places) or _PLACES.get(field, "")


def _read(field: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and "source_code" in value:
        meaning = f", read as {value['code']}" if value["code"] not in {None, value["source_code"]} else ""
        return (
            f"{value['source_code']}{meaning}"
            if value["code"] is not None
            else f"{value['source_code']}, not understood"
        )
    if isinstance(value, dict):
        return ", ".join(str(value[part]) for part in ("ward", "room", "bed") if value.get(part))
    if field.endswith("_ms"):
        return moment(int(value))
    if field.endswith(("discharge", "_on", "admission")):
        return written_date(str(value))
    return str(value)
