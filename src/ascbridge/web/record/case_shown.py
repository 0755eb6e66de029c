"""The council's case of a person, as pages show it: one section for each kind of thing, in words, with what is due.

What names anybody is shown to roles that see the whole record; where a restricted person is, to nobody.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ascbridge.access import Access
from ascbridge.discharge.keeping.store import read_care
from ascbridge.discharge.stay.case_view import Case, Entry, Reminder, case_view
from ascbridge.events.facts.catalogue import FACTS, CouncilFact
from ascbridge.people.membership import restricted
from ascbridge.people.opening import Erased, open_sealed
from ascbridge.storage.tables import patient
from ascbridge.web.languages import language
from ascbridge.web.wording import written_date

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys

KINDS: dict[str, type[CouncilFact]] = {
    fact.slot: fact for fact in FACTS.values() if issubclass(fact, CouncilFact) and "slot" in vars(fact)
}
"""The kind of fact by the kind of slot that it fills."""
TITLES = {
    "communication": "How to speak to them",
    "carer": "Carers",
    "legal_power": "Who may decide for them",
    "equipment": "Equipment and telecare",
    "placement": "Where they live with care",
    "short_term": "Short-term support",
    "interim_support": "Interim support",
    "contact": "Contacts",
    "referral": "Referrals",
    "self_assessment": "Self-assessments",
    "assessment": "Care Act assessments",
    "support_plan": "Support plans",
    "review": "Reviews",
    "circumstances": "Circumstances",
    "objection": "Sharing",
}
"""The sections in their order; packages and workers stand above them."""
AT_DISCHARGE = ("communication", "carer", "legal_power", "equipment", "placement")
"""What whoever arranges a discharge looks for first."""
REMINDERS = {
    "review": "A review is due",
    "check": "Ask where they are, 91 days after their discharge",
    "carer": "A carer was found in hospital: for the hospital liaison officer",
    "assessment": "Waits for an assessment",
    "equipment": "Equipment is not there yet that they need to go home",
}
TELLS_AREA = frozenset({"team", "allocated_team"})
"""Fields that name a team: a locality team's base tells in which third of the city somebody is."""
_HEADS = ("kind", "category", "setting", "relationship", "reason", "service")
_NOT_SHOWN = frozenset({"status", "event", "since_ms", "heard_ms", "client", "answers", "retracted", *_HEADS})
_AS_THEY_ARE = frozenset({"provider", "provider_location", "host_authority", "team", "role"})


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing in a section: what it is, how it stands, and what else was said of it."""

    head: str
    state: str
    lines: tuple[tuple[str, str], ...]
    anchor: str = ""
    heard_ms: int = 0

    @property
    def words(self) -> str:
        """What it is and how it stands, in one line that names nobody."""
        return f"{self.head}, {self.state.lower()}" if self.head and self.state else self.head or self.state


@dataclass(frozen=True, slots=True)
class Section:
    """Everything of one kind, the newest first."""

    kind: str
    title: str
    things: tuple[Thing, ...]


@dataclass(frozen=True, slots=True)
class CaseShown:
    """The council's case in words. `reminders` are what is due, and by which day in words."""

    sections: tuple[Section, ...] = ()
    reminders: tuple[tuple[str, str], ...] = ()


def case_shown(
    connection: Connection,
    data_keys: DataKeys,
    patient_keys: Sequence[str],
    access: Access,
    review_years: int,
    kinds: Sequence[str] = tuple(TITLES),
) -> CaseShown:
    """Return what the council said of a person, of these kinds of things; `review_years` as in `case_view`."""
    case = read_case(connection, patient_keys, review_years)
    hidden = bool(restricted(connection, patient_keys))
    sections = []
    for kind in kinds:
        things = [
            _thing(one, opened(connection, data_keys, one, hidden=hidden, access=access), hidden=hidden)
            for one in case.of(kind)
        ]
        if things:
            sections.append(Section(kind, TITLES[kind], tuple(things)))
    return CaseShown(tuple(sections), tuple(map(_reminder, case.reminders)))


def read_case(connection: Connection, patient_keys: Sequence[str], review_years: int) -> Case:
    """Read the council's case of a person, who may have died by anybody's word; `review_years` as in `case_view`."""
    died = has_died(connection, patient_keys)
    return case_view(read_care(connection, patient_keys), died=died, review_years=review_years)


def has_died(connection: Connection, patient_keys: Sequence[str]) -> bool:
    """Whether a person has died by anybody's word."""
    dead = select(patient.c.died).where(patient.c.patient_key.in_(patient_keys), patient.c.died != 0)
    return connection.execute(dead).first() is not None


def says(entry: Entry, *, hidden: bool) -> dict[str, Any]:
    """Return what was said of a thing, in codes: of somebody who is hidden nothing that could tell where they are."""
    withheld = KINDS[entry.kind].withheld | TELLS_AREA if hidden else frozenset()
    return {name: value for name, value in entry.value.items() if name not in withheld}


def _reminder(one: Reminder) -> tuple[str, str]:
    return REMINDERS[one.what], written_date(one.on) if one.on else ""


def opened(
    connection: Connection, data_keys: DataKeys, entry: Entry, *, hidden: bool, access: Access
) -> Mapping[str, object]:
    """Open what names anybody or is in somebody's own words: nothing where the role may not see it, nor of somebody who
    is hidden, whose relatives and telephones tell where they are; and a word where it is erased.
    """
    row, model = entry.row, KINDS[entry.kind].seals
    if row.sealed is None or model is None or access is not Access.full or hidden:
        return {}
    inside = open_sealed(
        connection, data_keys, row.sealed, row.key_id, row.sealed_event, restricted=hidden, model=model
    )
    return {"names": "Erased"} if isinstance(inside, Erased) else inside.model_dump()


def _thing(entry: Entry, inside: Mapping[str, object], *, hidden: bool) -> Thing:
    said = says(entry, hidden=hidden)
    head = next((_word(str(said[name])) for name in _HEADS if said.get(name)), "")
    state = "stopped: the person has died" if entry.stopped else _word(entry.says("status"))
    if said.get("retracted"):
        state = "Entered in error"
    lines = [
        (field_name(name), field_text(name, value)) for name, value in said.items() if name not in _NOT_SHOWN
    ]
    lines += [
        (_word(one["domain"]), _word(one["level"]).lower() + _beside(inside, number))
        for number, one in enumerate(said.get("answers", ()))
    ]
    lines += [(field_name(name), as_written(value)) for name, value in inside.items() if name != "comments"]
    told = tuple((name, text) for name, text in lines if text)
    return Thing(head, state, told, anchor_of(entry), heard_ms(entry))


def anchor_of(entry: Entry) -> str:
    """Return where a thing stands on the page; two systems may give one number to two things."""
    told_apart = hashlib.sha256(f"{entry.patient_key}/{entry.kind}:{entry.id}".encode()).hexdigest()
    return f"{entry.kind}-{told_apart[:12]}"


def heard_ms(entry: Entry) -> int:
    """Return when we first heard what is said of a thing now; of what was kept without it, when it was recorded."""
    return int(entry.value.get("heard_ms") or entry.value.get("since_ms", 0))


def _beside(inside: Mapping[str, object], number: int) -> str:
    comments = inside.get("comments")
    text = comments[number] if isinstance(comments, tuple) and number < len(comments) else ""
    return f": {text}" if text else ""


def field_name(name: str) -> str:
    """Say a field of a fact in words."""
    return _word(name.removesuffix("_on"))


def as_written(value: object) -> str:
    """Say a name, a number or somebody's own words: exactly as they came."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def field_text(name: str, value: object) -> str:
    """Say a value of a field in words."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list | tuple):
        return ", ".join(_word(str(one)).lower() for one in value)
    text = str(value)
    if name.endswith("_on") or name == "since":
        return written_date(text)
    if name == "language":
        return language(text)
    return text if name in _AS_THEY_ARE or " " in text else _word(text)


def _word(text: str) -> str:
    words = text.replace("-", " ").replace("_", " ")
    return words[:1].upper() + words[1:]
