"""A person's record as sections for programs, with what the role may not see left out."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from ascbridge.access import Access
from ascbridge.web.api_models import CaseThingOut, ReminderOut, SectionOut
from ascbridge.web.record.case_shown import says

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.discharge.stay.case_view import Case
    from ascbridge.record.reader import PersonRecord, Section
    from ascbridge.record.views import AssessmentView, PatientView, StayView, TaskView

_OURS = ("event", "since_ms", "heard_ms")
_CONTACT = (
    "address_lines", "postcode", "phones", "gp_name", "gp_practice", "next_of_kin", "next_of_kin_phone",
)  # fmt: skip


def sections(record: PersonRecord, access: Access, contact: Access) -> dict[str, SectionOut]:
    """Return the sections; those that name somebody are empty for a masked role."""
    full = access is Access.full

    def stay(one: StayView) -> dict[str, Any]:
        number = {"visit_number": one.visit_number} if full else {}
        place = {"ward": None, "facility": ""} if record.restricted else {}
        return one.fact.model_dump(mode="json") | number | place

    return {
        "who": _section(record.who, _who) if full else _empty(record.who),
        "contact": _section(record.contact, _contact) if contact is Access.full else _empty(record.contact),
        "stays": _section(record.spells, stay),
        "tasks": _section(record.tasks, _task),
        "assessments": _section(record.assessments, partial(_assessment, full=full)),
        "timeline": _section(record.timeline, asdict),
    }


def case_of(case: Case, *, hidden: bool) -> tuple[list[CaseThingOut], list[ReminderOut]]:
    """Return the council's case of a person, in codes, and what is due."""
    things = [
        CaseThingOut(
            kind=one.kind, id=one.id, since_ms=one.value.get("since_ms", 0), stopped=one.stopped,
            says={name: value for name, value in says(one, hidden=hidden).items() if name not in _OURS},
        )
        for one in case.entries
    ]  # fmt: skip
    return things, [ReminderOut(**asdict(one)) for one in case.reminders]


def _section(section: Section[Any], shown: Callable[[Any], dict[str, Any]]) -> SectionOut:
    return SectionOut(
        state=section.state, source=section.source, updated_ms=section.updated_ms, heard_ms=section.heard_ms,
        items=[shown(one) for one in section.items],
    )  # fmt: skip


def _empty(section: Section[Any]) -> SectionOut:
    return SectionOut(
        state="not shared",
        source=section.source,
        updated_ms=section.updated_ms,
        heard_ms=section.heard_ms,
        items=[],
    )


def _who(one: PatientView) -> dict[str, Any]:
    return {
        "family_name": one.details.family_name,
        "given_names": list(one.details.given_names),
        "prefix": one.details.prefix,
        "birth_date": one.details.birth_date,
        "nhs_number": one.nhs_number,
        "gender": one.gender,
        "died": one.died,
        "died_on": one.died_on,
    }


def _contact(one: PatientView) -> dict[str, Any]:
    return {name: getattr(one.details, name) for name in _CONTACT}


def _task(one: TaskView) -> dict[str, Any]:
    return one.fact.model_dump(mode="json")


def _assessment(one: AssessmentView, *, full: bool) -> dict[str, Any]:
    named = one.sealed.model_dump() if full and one.sealed is not None else {}
    return one.fact.model_dump(mode="json") | named
