"""What to see to about a stay, in words; of a restricted person without what would tell where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.discharge.stay.prompts import Code, Prompt, prompts
from ascbridge.events.facts.catalogue import StayChanged
from ascbridge.storage.tables import spell
from ascbridge.web.record.case_shown import has_died, read_case
from ascbridge.web.wording import count, day, written_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.discharge.stay.case_view import Case, Entry

TITLES: dict[Code, str] = {
    "stop-care": "The person has died: care is to be stopped",
    "suspend-care": "In hospital with a live care package",
    "restart-care": "A care package is suspended",
    "tell-worker": "Their worker must know",
    "ask-for-carer": "Is somebody who cares for them, or whom they care for, alone at home?",
    "readmitted": "Back in hospital within 30 days",
}

_ABOUT: dict[Code, str] = {"suspend-care": "live", "restart-care": "suspended"}


@dataclass(frozen=True, slots=True)
class PromptShown:
    """One thing to see to: what it is, what to do, and which packages of care it is about."""

    code: Code
    title: str
    what_to_do: str
    packages: tuple[str, ...] = ()


def prompts_shown(
    connection: Connection,
    stay: StayChanged,
    patient_keys: Sequence[str],
    review_years: int,
    *,
    hidden: bool,
) -> tuple[PromptShown, ...]:
    """Return what to see to about a stay of this person; `hidden`: they are restricted."""
    views = connection.execute(select(spell.c.view).where(spell.c.patient_key.in_(patient_keys))).scalars()
    earlier = [StayChanged.model_validate_json(one) for one in views]
    case = read_case(connection, patient_keys, review_years)
    found = prompts(case, stay, earlier, died=has_died(connection, patient_keys))
    return tuple(
        PromptShown(
            one.code, TITLES[one.code], _to_do(one, hidden=hidden), _packages(case, one.code, hidden=hidden)
        )
        for one in found
    )


def _packages(case: Case, code: Code, *, hidden: bool) -> tuple[str, ...]:
    """Say which packages a prompt is about: what, by whom, since when. Who comes to a restricted person says where."""
    return tuple(
        _package(one, hidden=hidden) for one in case.of("package") if one.says("status") == _ABOUT.get(code)
    )


def _package(one: Entry, *, hidden: bool) -> str:
    what = one.says("kind") or one.says("service").replace("-", " ").capitalize() or "Package of care"
    provider = "" if hidden else one.says("provider")
    by = f", {provider}" if provider else ""
    since = f", since {written_date(one.says('started_on'))}" if one.says("started_on") else ""
    return f"{what}{by}{since}"


def _to_do(prompt: Prompt, *, hidden: bool) -> str:
    if prompt.code == "stop-care":
        return (
            f"Tell brokerage, equipment, transport and visits to stop: {count(prompt.count, 'thing')} of the council's "
            "still goes on. Tell the family nothing from here. It is taken back here if the death is."
        )
    if prompt.code == "suspend-care":
        return f"Ask brokerage to suspend {count(prompt.count, 'package')} while they are in hospital."
    if prompt.code == "restart-care":
        return f"Ask brokerage to restart {count(prompt.count, 'package')} for the day they leave."
    if prompt.code == "tell-worker":
        return (
            "Tell the team that looks after them."
            if hidden
            else f"{prompt.team} looks after them: tell them."
        )
    if prompt.code == "readmitted":
        ended = f" on {day(prompt.since_ms)}" if prompt.since_ms is not None else ""
        return f"The last stay ended{ended}. Ask what did not hold at home."
    return "The council knows of nobody who cares for them. Ask the ward and the family, and write down what they say."
