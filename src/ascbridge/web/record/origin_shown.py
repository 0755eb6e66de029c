"""Where each value of a record comes from: message and field, the feed's profile and code map, our rule, and when.

What may not be shown of a value is not shown here either. A person's details may come from several sources, each part
from the one that spoke of it last; of a stay each value from the message that decided it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ascbridge.access import Access
from ascbridge.discharge.stay.spell import from_json
from ascbridge.people.identities import in_lists
from ascbridge.people.stamps import origin, recorded_ms
from ascbridge.record.gathering import patients_of
from ascbridge.record.mapping.care_table import MAPPINGS
from ascbridge.record.patient_parts import SAID_TOGETHER
from ascbridge.storage.tables import message, spell
from ascbridge.web.record.case_shown import (
    KINDS,
    TITLES,
    anchor_of,
    as_written,
    field_name,
    field_text,
    opened,
    says,
)
from ascbridge.web.record.source_places import code_row, in_council_message, in_hospital_message
from ascbridge.web.stay_fields import FIELD_NAMES, WHEREABOUTS, read_value
from ascbridge.web.wording import written_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.discharge.stay.case_view import Case, Entry
    from ascbridge.events.facts.catalogue import StayChanged
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.data_keys import DataKeys
    from ascbridge.record.patient_parts import Known

WHO = "who"
_DETAILS = {
    "family_name": "Family name",
    "given_names": "Given names",
    "prefix": "Title",
    "birth_date": "Born",
    "nhs_number": "NHS number",
    "local_id": "Own number of the source",
    "address_lines": "Address",
    "postcode": "Postcode",
    "phones": "Telephone",
    "gp_name": "GP",
    "gp_practice": "GP practice",
    "next_of_kin": "Next of kin",
    "next_of_kin_phone": "Telephone of the next of kin",
}
_CONTACT = frozenset(
    {"address_lines", "postcode", "phones", "gp_name", "gp_practice", "next_of_kin", "next_of_kin_phone"}
)
_OURS = frozenset({"event", "since_ms", "heard_ms", "answers", "retracted"})
_SLOTS = {
    "admitted_ms": ("admitted", "entered_from"),
    "discharged_ms": ("discharge",),
    "discharge_method": ("discharge",),
    "discharge_destination": ("discharge",),
    "ready_on": ("ready_on", "ready", "first_ready"),
}
"""Which slots of a stay decide a value, where they do not have its name; the first that anybody filled."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The message that said a value: its feed, the sender's number of it, when it came, and the profile that reads it.

    `received_ms` is None where the message is not kept any more.
    """

    feed: str
    number: str
    message_id: str
    received_ms: int | None
    profile: str


@dataclass(frozen=True, slots=True)
class ValueFrom:
    """One value and where it comes from. `recorded_ms` is when its source wrote it down (UTC ms)."""

    name: str
    said: str
    place: str
    code_row: str
    recorded_ms: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class ThingFrom:
    """A thing of a record with each of its values. `rules` are ours, by which it becomes resources: ``device/1``."""

    title: str
    values: tuple[ValueFrom, ...]
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads: what they have of the person and of contact details, and whether the person is restricted."""

    person: Access
    contact: Access
    hidden: bool


@dataclass(frozen=True, slots=True)
class _Said:
    """A value before its message is looked up; `fact` is the council's fact, empty for a hospital's.

    `exactly` says that it names somebody or something, and is shown as it came.
    """

    name: str
    value: Any
    text: str
    message_id: str
    recorded_ms: int
    fact: str = ""
    exactly: bool = False


@dataclass(frozen=True, slots=True)
class Sources:
    """How messages are looked up: the feeds' profiles, and the keys that open."""

    profiles: Mapping[str, Profile]
    data_keys: DataKeys = field(repr=False)


def thing_from_case(
    connection: Connection, sources: Sources, case: Case, anchor: str, reading: Reading
) -> ThingFrom | None:
    """Return where what the council said of one thing comes from; None where there is no such thing."""
    entry = next((one for one in case.entries if anchor_of(one) == anchor), None)
    if entry is None:
        return None
    inside = opened(connection, sources.data_keys, entry, hidden=reading.hidden, access=reading.person)
    said = list(_of_entry(entry, inside, hidden=reading.hidden))
    kind = KINDS[entry.kind]
    rules = tuple(f"{one.rule}/{one.version}" for one in MAPPINGS if kind in one.says)
    title = TITLES.get(entry.kind) or field_name(entry.kind)
    return ThingFrom(title, _found(connection, sources, said), rules)


def stay_from(
    connection: Connection, sources: Sources, stay: StayChanged, reading: Reading, generation: int = 1
) -> ThingFrom:
    """Return where each value of a stay comes from: the message that decided it."""
    slots = connection.execute(
        select(spell.c.slots).where(spell.c.generation == generation, spell.c.spell_key == stay.spell)
    ).scalar()
    state = from_json(slots) if slots else None
    shown = stay.model_dump(mode="json")
    said = []
    for name, words in FIELD_NAMES.items():
        value = shown.get(name)
        if value in (None, "") or state is None or (reading.hidden and name in WHEREABOUTS):
            continue
        heads = (state.head(slot) for slot in _SLOTS.get(name, (name,)))
        head = next((one for one in heads if one is not None), None)
        if head is not None:
            said.append(_Said(name, value, words, head.message, head.recorded))
    return ThingFrom("Hospital stay", _found(connection, sources, said), ("encounter/1",))


def who_from(connection: Connection, sources: Sources, person_id: str, reading: Reading) -> ThingFrom:
    """Return where each detail of a person comes from: the source that spoke last of just that part."""
    if reading.person is not Access.full:
        return ThingFrom("Who this is", ())
    known = [
        one
        for one in patients_of(connection, sources.data_keys, [person_id]).get(person_id, [])
        if not one.erased
    ]
    said = [
        one
        for names in (*SAID_TOGETHER, ("nhs_number",), ("local_id",))
        for one in _of_part(known, names, reading)
    ]
    return ThingFrom("Who this is", _found(connection, sources, said), ("patient/1",))


def _of_part(known: Sequence[Known], names: tuple[str, ...], reading: Reading) -> Iterator[_Said]:
    one = next((each for each in known if any(getattr(each.details, name) for name in names)), None)
    if one is None:
        return
    for name in names:
        value = getattr(one.details, name)
        if value and (name not in _CONTACT or (reading.contact is Access.full and not reading.hidden)):
            message_id, _ = origin(one.row.stamp)
            yield _Said(name, value, _DETAILS[name], message_id, recorded_ms(one.row.stamp), "person", True)


def _of_entry(entry: Entry, inside: Mapping[str, object], *, hidden: bool) -> Iterator[_Said]:
    message_id, _ = origin(entry.row.stamp)
    at_ms = recorded_ms(entry.row.stamp)
    values = {name: value for name, value in says(entry, hidden=hidden).items() if name not in _OURS}
    for name, value in (values | {name: one for name, one in inside.items() if name != "comments"}).items():
        if value not in (None, "", (), []):
            yield _Said(name, value, field_name(name), message_id, at_ms, entry.kind, name in inside)


def _found(connection: Connection, sources: Sources, said: Sequence[_Said]) -> tuple[ValueFrom, ...]:
    messages = _messages(connection, sources.profiles, {one.message_id for one in said})
    return tuple(_value(one, messages.get(one.message_id), sources.profiles) for one in said)


def _value(one: _Said, found: tuple[str, Origin] | None, profiles: Mapping[str, Profile]) -> ValueFrom:
    feed, where = found or ("", Origin("", "", one.message_id, None, ""))
    profile = profiles.get(feed)
    text = _text(one)
    if profile is None:
        return ValueFrom(one.text, text, "", "", one.recorded_ms, where)
    council = profile.feed.source == "council_facts"
    place = (
        in_council_message(profile, one.fact, one.name) if council else in_hospital_message(profile, one.name)
    )
    row = code_row(profile, one.name, one.value, one.fact)
    return ValueFrom(one.text, text, place, row, one.recorded_ms, where)


def _text(one: _Said) -> str:
    if one.name == "birth_date":
        return written_date(str(one.value))
    if one.exactly:
        return as_written(one.value)
    return field_text(one.name, one.value) if one.fact else read_value(one.name, one.value)


def _messages(
    connection: Connection, profiles: Mapping[str, Profile], message_ids: Iterable[str]
) -> dict[str, tuple[str, Origin]]:
    """Return each message's feed, and what may be told of it."""
    columns = (message.c.message_id, message.c.feed, message.c.control_id, message.c.received_ms)
    return {
        id: (feed, Origin(_title(profiles.get(feed), feed), number, id, at_ms, _profile(profiles.get(feed))))
        for part in in_lists(sorted(message_ids))
        for id, feed, number, at_ms in connection.execute(
            select(*columns).where(message.c.message_id.in_(part))
        )
    }


def _title(profile: Profile | None, feed: str) -> str:
    return profile.feed.source_name if profile is not None else feed


def _profile(profile: Profile | None) -> str:
    """Say which text of the profile reads this feed: its name, the beginning of its hash, and who signed it when."""
    if profile is None:
        return "no profile in force"
    signed = profile.signed_off
    by = f"signed off on {signed.on}" if signed is not None and not profile.shadow else "not signed off"
    return f"{profile.feed.source}, profile {profile.feed.name} {profile.text_sha256[:8]}, {by}"
