"""Who may see and do what: one table of organisation, role, section and sensitivity. What it does not grant is refused.

Sections are what a page or an interface shows, not where it lies. *masked* is the section without anything
that names a person: no name, number, birth date, address or free text. A new role is a name in `Role` with its row in
`TABLE`; a new organisation is a name in `Organisation` with its row in `ORGANISATIONS`. It imports nothing of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Organisation = Literal["council", "uhcw", "cwpt", "agency", "partner"]
"""Whose staff or system somebody is. *agency*: an agency employs them, for a team of the council or a trust."""

Role = Literal[
    "discharge-team",
    "locality-team",
    "front-door",
    "out-of-hours",
    "safeguarding",
    "safeguarding-hospital",
    "safeguarding-mental-health",
    "referring-professional",
    "information-governance",
    "auditor",
    "it-operations",
    "integration",
    "hospital",
]
Section = Literal[
    "worklist", "desk", "night", "hold", "front-door", "front-desk", "person", "contact", "fhir", "own-tasks",
    "operations", "repair", "reference", "audit", "openings", "take-contact", "settle", "concerns", "concern-desk",
    "raise-concern", "record-links", "take-away",
]  # fmt: skip
"""What there is to see or do:

- *worklist*: tasks, whose they are and why they exist
- *desk*: acting on tasks
- *night*: what is urgent, by the clock and a table: whoever is on duty sees to it, and the night writes what it did
- *hold*: saying whom to speak to before somebody is discharged, and lifting that
- *front-door*: tasks of the front door, triage and reviews, whose they are and why they exist
- *front-desk*: acting on those
- *person*: one person's record, and finding a person
- *contact*: address, telephones, GP and next of kin within that record
- *fhir*: the FHIR interface
- *own-tasks*: over the FHIR interface, how work stands on stays at the sites that a token names, and nothing else
- *operations*: feeds, counts, faults and one message's trail, without any content
- *repair*: sending again, giving up; stopping a feed, a sink or a family of events, and letting it go on
- *reference*: loading lists of reference data and taking them back; what is in force, everybody signed in may see
- *audit*: who saw what
- *openings*: records that were opened without a relationship, and saying what came of looking at that
- *take-contact*: writing down that somebody got in touch about a person, which connects whoever took it with them
- *settle*: who is one person with whom, whose an NHS number is, lifting a restriction, erasing; with the names,
  birth dates and numbers that such a decision needs
- *concerns*: safeguarding concerns of the role's own teams, behind the wall, with their lists and their audit
- *concern-desk*: acting on those
- *raise-concern*: raising a concern, and hearing nothing of it but its reference
- *record-links*: making links by which a case system opens one person's record for its own reader
- *take-away*: taking what one is shown away as a file
"""
Sensitivity = Literal["ordinary", "confidential", "contact", "restricted", "safeguarding"]
"""How sensitive what is shown is:

- *ordinary*: nothing of it names anybody: times, counts, states; every *masked* section
- *confidential*: who somebody is, what is known of them, and who looked at that
- *contact*: where they are reached, and through whom
- *restricted*: where a restricted person is, and whatever would tell it; nobody is granted it
- *safeguarding*: that there is a concern, and all of it
"""


class Access(Enum):
    """How much of a section a role gets; `none` is false."""

    none = "none"
    masked = "masked"
    full = "full"

    def __bool__(self) -> bool:
        return self is not Access.none


@dataclass(frozen=True, slots=True)
class Employer:
    """An organisation's row: how sensitive what it sees may be, and the roles that are held there.

    Of its row in `TABLE` a role gets there the sections that `held` names, and no others.
    """

    title: str
    sees: frozenset[Sensitivity]
    held: Mapping[Role, frozenset[Section]]
    ods: str = ""


ROLES: tuple[Role, ...] = get_args(Role)
SECTIONS: tuple[Section, ...] = get_args(Section)

TITLES: dict[Role, str] = {
    "discharge-team": "Community Discharge Team",
    "locality-team": "Integrated locality team",
    "front-door": "Front door: Initial Contact, Duty and reviews",
    "out-of-hours": "Emergency Out of Hours",
    "safeguarding": "Safeguarding",
    "safeguarding-hospital": "Safeguarding: Hospital Team",
    "safeguarding-mental-health": "Safeguarding: mental health (CWPT)",
    "referring-professional": "Referring professional: ambulance, police, fire, GP, provider, ward",
    "information-governance": "Information governance",
    "auditor": "Auditor",
    "it-operations": "IT operations",
    "integration": "Integration (machines)",
    "hospital": "A hospital's systems (machines)",
}
"""What people call the roles."""

_full, _masked = Access.full, Access.masked
_CARE: dict[Section, Access] = {
    "worklist": _full, "desk": _full, "hold": _full, "person": _full, "contact": _full, "fhir": _full,
    "raise-concern": _full, "take-away": _full,
}  # fmt: skip
_OVERSIGHT: dict[Section, Access] = {
    "worklist": _masked, "night": _masked, "front-door": _masked, "person": _masked, "operations": _masked,
    "audit": _full, "openings": _masked, "take-away": _full,
}  # fmt: skip

_OWNER: dict[Section, Access] = {"concerns": _full, "concern-desk": _full, "raise-concern": _full}

TABLE: dict[str, dict[Section, Access]] = {
    "discharge-team": {**_CARE, "night": _full},
    "locality-team": _CARE,
    "front-door": {
        "front-door": _full,
        "front-desk": _full,
        "person": _full,
        "contact": _full,
        "take-contact": _full,
        "raise-concern": _full,
        "take-away": _full,
    },
    "out-of-hours": {
        "night": _full,
        "person": _full,
        "contact": _full,
        "front-door": _full,
        "take-contact": _full,
        "take-away": _full,
        **_OWNER,
    },
    "safeguarding": {
        "worklist": _full, "hold": _full, "person": _full, "contact": _full, "take-away": _full, **_OWNER,
    },
    "safeguarding-hospital": _OWNER,
    "safeguarding-mental-health": _OWNER,
    "referring-professional": {"raise-concern": _full},
    "information-governance": {**_OVERSIGHT, "openings": _full, "settle": _full},
    "auditor": {**_OVERSIGHT, "settle": _masked},
    "it-operations": {"operations": _full, "repair": _full, "reference": _full},
    "integration": {
        "worklist": _full,
        "person": _full,
        "contact": _full,
        "fhir": _full,
        "record-links": _full,
        "take-away": _full,
    },
    "hospital": {"own-tasks": _full},
}  # fmt: skip
"""What each role may. A section that a role's row does not name is `none`."""

_ALL = frozenset(SECTIONS)
_PAGES = _ALL - {"fhir"}
_AGENCY = _PAGES - {"take-away", "concerns", "concern-desk"}
_PERSON: frozenset[Sensitivity] = frozenset({"ordinary", "confidential", "contact"})
_TRUST: dict[Role, frozenset[Section]] = {
    "locality-team": _PAGES,
    "referring-professional": _ALL,
    "integration": frozenset({"fhir"}),
    "hospital": _ALL,
}

ORGANISATIONS: dict[Organisation, Employer] = {
    "council": Employer(
        "Coventry City Council",
        _PERSON | {"safeguarding"},
        {role: _ALL for role in ROLES if role != "hospital"},
    ),
    "uhcw": Employer(
        "University Hospitals Coventry and Warwickshire NHS Trust",
        _PERSON,
        {**_TRUST, "discharge-team": _PAGES},
        ods="RKB",
    ),
    "cwpt": Employer(
        "Coventry and Warwickshire Partnership NHS Trust",
        _PERSON | {"safeguarding"},
        {**_TRUST, "safeguarding-mental-health": _ALL},
        ods="RYG",
    ),
    "agency": Employer(
        "An agency, for staff in a team of the council or a trust",
        _PERSON,
        {"discharge-team": _AGENCY, "locality-team": _AGENCY, "front-door": _AGENCY, "out-of-hours": _AGENCY},
    ),
    "partner": Employer(
        "Another partner: ambulance, police, fire, GP, provider, another trust",
        frozenset({"ordinary", "confidential"}),
        {"referring-professional": _ALL, "hospital": _ALL},
    ),
}
"""What each organisation's staff and systems may, of what their role may: proposals, until information governance signs
them (`sign_in.table_agreed_by`). An organisation that is not here gets nothing, nor does a role that it does not hold.
"""

SENSITIVITY: dict[Section, Sensitivity] = {
    **dict.fromkeys(SECTIONS, "confidential"),
    **dict.fromkeys(("operations", "repair", "reference"), "ordinary"),
    **dict.fromkeys(("raise-concern", "record-links", "take-away"), "ordinary"),
    **dict.fromkeys(("contact", "fhir"), "contact"),
    **dict.fromkeys(("concerns", "concern-desk"), "safeguarding"),
}
"""How sensitive a section is where it is shown in full. A new section is confidential until somebody says otherwise."""

BEHIND_THE_WALL: frozenset[str] = frozenset(
    {"safeguarding", "safeguarding-hospital", "safeguarding-mental-health"}
)
"""Roles whose looking at somebody tells by itself that there may be a concern: it is audited behind the wall."""


GRANTED: dict[tuple[str, str, str], Access] = {
    (organisation, role, section): granted
    for organisation, at in ORGANISATIONS.items()
    for role, there in at.held.items()
    for section, granted in TABLE[role].items()
    if section in there and (SENSITIVITY[section] if granted is Access.full else "ordinary") in at.sees
}
"""The table itself, worked out of the rows above: what is not in it is `none`."""
_HELD = frozenset((organisation, role) for organisation, at in ORGANISATIONS.items() for role in at.held)


def may(organisation: str, role: str, section: Section) -> Access:
    """Return how much of a section a role gets at an organisation; whom the table does not know gets nothing."""
    return GRANTED.get((organisation, role, section), Access.none)


def holds(organisation: str, role: str) -> bool:
    """Whether there is this role at this organisation."""
    return (organisation, role) in _HELD


def organisation_of(said: str, own: str = "", names: Mapping[str, str] | None = None) -> str:
    """Return which organisation somebody is of whose sign-in says `said`: empty where none of ours is called that.

    `own` is whose they are of whom nothing is said. `names` are more names by which sign-ins call organisations.
    """
    if not said:
        return own
    known: dict[str, str] = {
        name: one for one, at in ORGANISATIONS.items() for name in (one, at.title, at.ods) if name
    }
    known |= names or {}
    return {_plain(name): one for name, one in known.items()}.get(_plain(said), "")


def organisation_at(facility: str) -> str:
    """Return whose sites have codes that begin so: a trust's of ours, or another partner's."""
    return next(
        (one for one, at in ORGANISATIONS.items() if at.ods and facility.startswith(at.ods)), "partner"
    )


def as_role(name: str) -> Role | None:
    """Return the role of that name, or None: for reading roles out of tokens and identity claims."""
    return next((role for role in ROLES if role == name), None)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
