"""A stay that was entered by hand, as its task's page shows it: what is joined with it, and what could be the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ascbridge.calendars import day_bounds
from ascbridge.discharge.deciding.decision import task_id as task_of
from ascbridge.discharge.keeping.possible_stays import (
    Look,
    PossibleStay,
    Unjoined,
    any_entered,
    possible,
    unjoined,
)
from ascbridge.events.facts.catalogue import SealedPatient
from ascbridge.events.logs.envelope import Ref
from ascbridge.people.lookups import OpenedPatient, open_patients
from ascbridge.storage.tables import entered_stay, evidence, patient
from ascbridge.web.people.people_shown import UNKNOWN, PersonShown, people_shown

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.lists.task_story import Story
    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor

MOST_LOOKED_AT = 20
"""How many stays that were entered by hand are looked at for the first page."""
BECAUSE = {
    "person": "the person is the same",
    "number": "the same NHS number",
    "name": "the same name and date of birth",
    "local-number": "the hospital's own number is the same",
}


@dataclass(frozen=True, slots=True)
class PossibleShown:
    """A stay that could be the same: whose it is, where and when, and what speaks for it. `task`: its own, if any."""

    spell: str
    person_id: str
    person: PersonShown
    hospital: str
    came_ms: int | None
    left_ms: int | None
    task: str
    by_hand: bool
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JoiningShown:
    """`by_hand`: this task's stay was entered by hand, under `patient_key`, at `entered_ms`.

    `joined`: how many stays are told under it. `into`: the task under which this one is told. `possible`: what could be
    the same.
    """

    by_hand: bool = False
    patient_key: str = ""
    entered_ms: int = 0
    joined: int = 0
    into: str = ""
    possible: tuple[PossibleShown, ...] = ()
    parts: tuple[str, ...] = ()
    """The stays that are joined."""


def joining_shown(connection: Connection, parts: WebParts, story: Story, visitor: Visitor) -> JoiningShown:
    """Return what is to be shown of joining on a task's page; nothing where nobody ever entered a stay by hand."""
    told: dict[str, Any] = story.explanation
    into = task_of(str(told["into"])) if told.get("into") else ""
    if into or not any_entered(connection, parts.desk.generation):
        return JoiningShown(into=into)
    spell, e = story.row.fact.spell, entered_stay.c
    own = connection.scalar(
        select(e.patient_key).where(e.generation == parts.desk.generation, e.spell_key == spell)
    )
    key = own or story.row.patient_key
    entered_ms = (
        _entered_ms(connection, spell) if own else (story.stay.admitted_ms or story.row.fact.opened_ms)
    )
    joined = tuple(told.get("joined", ()))
    if joined and own:
        return JoiningShown(True, key, entered_ms, len(joined), parts=joined)
    look = _look_for(connection, parts, key, story.stay.facility)
    days = (day_bounds(entered_ms)[0], day_bounds(entered_ms if own else _last(story, entered_ms))[1])
    apart = {one.detail["stay"] for one in story.acts if one.act == "keep_apart"}
    found = possible_shown(connection, parts, visitor, look, days, but={spell, *apart})
    fitting = [one for one in found if own or one.by_hand]
    return JoiningShown(bool(own), key, entered_ms if own else 0, possible=tuple(fitting))


@dataclass(frozen=True, slots=True)
class ToJoin:
    """How many stays that were entered by hand could be one that messages tell of, and since when (UTC ms) the oldest
    waits for somebody to say so; `task` is that one's. Of more than are looked at, `more` says that there are.
    """

    count: int = 0
    since_ms: int = 0
    task: str = ""
    more: bool = False


def to_join(connection: Connection, parts: WebParts) -> ToJoin:
    """Return what waits for a person to say whether it is the same stay; nothing where nobody entered any by hand."""
    generation = parts.desk.generation
    waiting = unjoined(connection, generation, MOST_LOOKED_AT + 1)
    found = [one for one in waiting[:MOST_LOOKED_AT] if _could_be_another(connection, parts, one)]
    if not found:
        return ToJoin()
    return ToJoin(len(found), found[0].from_ms, found[0].task, len(waiting) > MOST_LOOKED_AT)


def _could_be_another(connection: Connection, parts: WebParts, one: Unjoined) -> bool:
    look = _look_for(connection, parts, one.patient_key, one.facility)
    days, but = day_bounds(one.from_ms), {one.spell, *one.apart}
    return bool(
        possible(
            connection, parts.keyring, parts.data_keys, look, days, generation=parts.desk.generation, but=but
        )
    )


def _last(story: Story, entered_ms: int) -> int:
    return story.stay.discharged_ms or max(entered_ms, story.stay.recorded_ms)


def _entered_ms(connection: Connection, spell: str) -> int:
    e = evidence.c
    wanted = select(e.recorded_ms).where(e.spell_key == spell, e.type.like("%stay-entered-by-hand%"))
    return int(connection.scalar(wanted.order_by(e.recorded_ms).limit(1)) or 0)


def _look_for(connection: Connection, parts: WebParts, key: str, site: str) -> Look:
    opened = open_patients(connection, parts.data_keys, [key]).get(key)
    who = opened.sealed if isinstance(opened, OpenedPatient) else SealedPatient()
    person_id = connection.scalar(select(patient.c.person_id).where(patient.c.patient_key == key)) or ""
    return Look(who, person_id, local_refs(parts, site, who.local_id))


def local_refs(parts: WebParts, site: str, number: str) -> tuple[Ref, ...]:
    """Return under which names the hospital's own feeds would know somebody with this number."""
    if not number or not site:
        return ()
    feeds = [one for one in parts.profiles.values() if one.feed.source == "hospital_adt" and one.ours(site)]
    return tuple(Ref("patient", one.feed.authority, number) for one in feeds)


def possible_shown(
    connection: Connection,
    parts: WebParts,
    visitor: Visitor,
    look: Look,
    days: tuple[int, int],
    but: set[str] | None = None,
) -> list[PossibleShown]:
    """Return the stays that could be meant, with their people as this visitor may see them."""
    found = possible(
        connection, parts.keyring, parts.data_keys, look, days,
        generation=parts.desk.generation, but=but or set(),
    )  # fmt: skip
    now_ms = parts.clock.now_ms()
    access = visitor.may("worklist")
    people = people_shown(connection, parts.data_keys, [one.patient_key for one in found], access, now_ms)
    hospitals = parts.reference.lists.hospitals(now_ms)
    return [
        _shown(one, people.get(one.patient_key, UNKNOWN), hospitals.name_of(one.stay.facility))
        for one in found
    ]


def _shown(one: PossibleStay, person: PersonShown, hospital: str) -> PossibleShown:
    return PossibleShown(
        spell=one.spell,
        person_id=one.person_id,
        person=person,
        hospital="" if person.restricted else hospital,
        came_ms=one.stay.admitted_ms,
        left_ms=one.stay.discharged_ms,
        task=one.task,
        by_hand=one.by_hand,
        because=tuple(BECAUSE[code] for code in one.because),
    )
