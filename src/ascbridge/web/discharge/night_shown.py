"""Urgent matters as pages show them: what each is, what is asked, who was rung, and what was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.discharge.urgent import urgent_store
from ascbridge.discharge.urgent.urgent_work import kind_of
from ascbridge.events.facts.catalogue import StayChanged
from ascbridge.reference.urgent_matters import UrgentMatters
from ascbridge.storage.tables import spell
from ascbridge.web.discharge.notes_shown import texts_of
from ascbridge.web.people.people_shown import UNKNOWN, people_shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from ascbridge.access import Access
    from ascbridge.discharge.lists.task_story import ActRow
    from ascbridge.discharge.urgent.urgent_store import Matter
    from ascbridge.events.facts.catalogue import Ward
    from ascbridge.reference.in_force import ReferenceLists
    from ascbridge.web.parts import WebParts
    from ascbridge.web.people.people_shown import PersonShown

STATUS_WORDS = {
    "to-ask": "Urgent until asked",
    "urgent": "Urgent",
    "not-urgent": "Asked: not urgent",
    "settled": "Settled",
    "over": "Over",
}
STATUS_COLOURS = {"to-ask": "red", "urgent": "red", "not-urgent": "grey", "settled": "green", "over": "grey"}
ANSWER_WORDS = {"yes": "Yes", "no": "No", "not-known": "Nobody could say"}
SAID_WORDS = {
    "known_to_care": "known to adult social care",
    "discharge_method": "the hospital's code for leaving against advice",
    "package": "a package of care is",
}


@dataclass(frozen=True, slots=True)
class DoneShown:
    """Something that somebody did about a matter: in words, with what they wrote."""

    row: ActRow
    words: str
    text: str


@dataclass(frozen=True, slots=True)
class MatterShown:
    """One matter. `asks` is empty where nothing is asked; `new` is what the night did that nobody took up."""

    matter: Matter
    words: str
    asks: str
    do: str
    because: tuple[str, ...]
    person: PersonShown
    ward: Ward | None
    done: tuple[DoneShown, ...]

    @property
    def patient_key(self) -> str:
        """Whose it is."""
        return self.matter.patient_key

    @property
    def person_id(self) -> str:
        """Who that is."""
        return self.matter.person_id

    @property
    def new(self) -> tuple[DoneShown, ...]:
        """What the night did that the discharge team has not taken up."""
        fresh = {
            one.act_id
            for one in urgent_store.written_at_night(
                [one.row for one in self.done], self.matter.taken_version
            )
        }
        return tuple(one for one in self.done if one.row.act_id in fresh)

    @property
    def rung(self) -> tuple[DoneShown, ...]:
        """Who was rung."""
        return tuple(one for one in self.done if one.row.act == "ring")

    @property
    def tonight(self) -> tuple[DoneShown, ...]:
        """What people said must be done."""
        return tuple(one for one in self.done if one.row.act == "say-urgent")


def matters_shown(
    connection: Connection, parts: WebParts, matters: Sequence[Matter], access: Access, now_ms: int
) -> tuple[MatterShown, ...]:
    """Return these matters as this access may see them. Where a restricted person is stands in none."""
    if not matters:
        return ()
    people = people_shown(connection, parts.data_keys, [one.patient_key for one in matters], access, now_ms)
    wards = _wards(connection, [one.spell for one in matters], parts.desk.generation)
    acts = urgent_store.act_rows(connection, [one.id for one in matters])
    lists = parts.reference.lists
    found = []
    for one in matters:
        person = people.get(one.patient_key, UNKNOWN)
        rows = acts.get(one.id, ())
        texts = texts_of(connection, parts, rows, person, access)
        kind = kind_of(lists, one)
        found.append(
            MatterShown(
                matter=one,
                words=kind.words if kind is not None else one.code,
                asks=kind.asks if kind is not None else "",
                do=kind.do if kind is not None else "",
                because=tuple(_because(one)),
                person=person,
                ward=None if person.restricted else wards.get(one.spell),
                done=tuple(DoneShown(row, act_words(row, lists), texts.get(row.act_id, "")) for row in rows),
            )
        )
    return tuple(found)


def act_words(row: ActRow, lists: ReferenceLists) -> str:
    """Say what somebody did about a matter."""
    match row.act:
        case "answer":
            return f"Asked. The answer: {ANSWER_WORDS.get(row.detail['said'], row.detail['said'])}"
        case "ring":
            listed = lists.find(row.detail["list"])
            words = listed.data.rung_words if listed and isinstance(listed.data, UrgentMatters) else {}
            whom = words.get(row.detail["whom"], row.detail["whom"])
            return f"Rang: {whom}. {'Reached' if row.detail['reached'] else 'Not reached'}"
        case "say-urgent":
            return "Said that this is urgent"
        case "settle":
            return "Settled it"
        case "take-up":
            return "Took up what the night wrote"
        case _:
            return "Wrote a note"


def _because(matter: Matter) -> Iterable[str]:
    for one in matter.because:
        words = SAID_WORDS.get(one.input, one.input)
        yield f"{words} {one.value}" if one.input == "package" else words


def _wards(connection: Connection, spells: Sequence[str], generation: int) -> dict[str, Ward]:
    wanted = select(spell.c.spell_key, spell.c.view).where(
        spell.c.generation == generation, spell.c.spell_key.in_(spells)
    )
    found = {key: StayChanged.model_validate_json(view).ward for key, view in connection.execute(wanted)}
    return {key: ward for key, ward in found.items() if ward is not None}
