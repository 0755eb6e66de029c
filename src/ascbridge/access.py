"""Who may see and do what: one table of roles and sections. What it does not grant is refused.

Sections are what a page or an interface shows, not where it lies. *masked* is the section without anything
that names a person: no name, number, birth date, address or free text.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal, get_args

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
    "raise-concern", "record-links",
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
"""


class Access(Enum):
    """How much of a section a role gets; `none` is false."""

    none = "none"
    masked = "masked"
    full = "full"

    def __bool__(self) -> bool:
        return self is not Access.none


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
    "raise-concern": _full,
}  # fmt: skip
_OVERSIGHT: dict[Section, Access] = {
    "worklist": _masked, "night": _masked, "front-door": _masked, "person": _masked, "operations": _masked,
    "audit": _full, "openings": _masked,
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
    },
    "out-of-hours": {
        "night": _full,
        "person": _full,
        "contact": _full,
        "front-door": _full,
        "take-contact": _full,
        **_OWNER,
    },
    "safeguarding": {"worklist": _full, "hold": _full, "person": _full, "contact": _full, **_OWNER},
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
    },
    "hospital": {"own-tasks": _full},
}
"""The one table. A section that a role's row does not name is `none`."""


BEHIND_THE_WALL: frozenset[str] = frozenset(
    {"safeguarding", "safeguarding-hospital", "safeguarding-mental-health"}
)
"""Roles whose looking at somebody tells by itself that there may be a concern: it is audited behind the wall."""


def may(role: str, section: Section) -> Access:
    """Return how much of a section a role gets; a role that the table does not know gets nothing."""
    return TABLE.get(role, {}).get(section, Access.none)


def as_role(name: str) -> Role | None:
    """Return the role of that name, or None: for reading roles out of tokens and identity claims."""
    return next((role for role in ROLES if role == name), None)
