"""Reads a list from its text: which kinds there are, and every fault at once with its place. What ships is here too."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ascbridge.reference.bank_holidays import BankHolidays
from ascbridge.reference.due_times import DueTimes
from ascbridge.reference.hospitals import Hospitals
from ascbridge.reference.localities import Localities
from ascbridge.reference.pack_items import Packs
from ascbridge.reference.providers import Providers
from ascbridge.reference.reason_lists import Reasons
from ascbridge.reference.routes import Routes
from ascbridge.reference.sub_task_kinds import SubTasks
from ascbridge.reference.task_stages import TaskStages
from ascbridge.reference.team_lists import Teams
from ascbridge.reference.urgent_matters import UrgentMatters
from ascbridge.reference.working_hours import ServiceHoursList

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ascbridge.reference.agreement import ListFile

KINDS: Mapping[str, type[ListFile]] = {
    "teams": Teams,
    "service-hours": ServiceHoursList,
    "bank-holidays": BankHolidays,
    "due-times": DueTimes,
    "localities": Localities,
    "providers": Providers,
    "reasons": Reasons,
    "stages": TaskStages,
    "routes": Routes,
    "sub-tasks": SubTasks,
    "packs": Packs,
    "hospitals": Hospitals,
    "urgent": UrgentMatters,
}
TITLES: Mapping[str, str] = {
    "teams": "Teams",
    "service-hours": "Service hours",
    "bank-holidays": "Bank holidays beside England's",
    "due-times": "Due times",
    "localities": "Localities by postcode",
    "providers": "Care providers and quality levels",
    "reasons": "Reasons",
    "stages": "Stages of a discharge task",
    "routes": "Routes out of hospital",
    "sub-tasks": "Work split off a discharge task",
    "packs": "Information that goes with the person",
    "hospitals": "Hospitals",
    "urgent": "What is urgent out of hours",
}
MOST_BYTES = 1_000_000
_SAID = {
    "extra_forbidden": "there is no such value",
    "missing": "is needed",
    "string_type": "must be a text",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
}


class BadList(ValueError):
    """A text that is no list; `lines` has each fault, with its place."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


def read(text: str) -> ListFile:
    """Read one list. Raises `BadList` with every fault."""
    if len(text) > MOST_BYTES:
        raise BadList([f"longer than {MOST_BYTES:,} characters"])
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise BadList([f"not TOML: {fault}"]) from None
    kind = KINDS.get(str(given.get("kind", "")))
    if kind is None:
        raise BadList([f"kind: must be one of {', '.join(KINDS)}"])
    try:
        found = kind.model_validate(given)
    except ValidationError as fault:
        raise BadList([_line(given, error) for error in fault.errors()]) from None
    if wrong := list(found.faults()):
        raise BadList(wrong)
    return found


@cache
def shipped() -> tuple[ListFile, ...]:
    """Return the lists that come with the program, one of each kind. They hold wherever no loaded one does."""
    folder = resources.files("ascbridge.reference") / "shipped"
    return tuple(read((folder / f"{kind}.toml").read_text("utf-8")) for kind in KINDS)


def _line(given: Mapping[str, Any], error: Any) -> str:
    said = _SAID.get(error["type"], error["msg"].removeprefix("Value error, "))
    place = _place(given, error["loc"])
    return f"{place}: {said}" if place else said


def _place(given: Any, loc: Sequence[int | str]) -> str:
    """Say where: ``team 2 (Duty Team), phone``."""
    words: list[str] = []
    here = given
    for step in loc:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            here = None
        if isinstance(step, int):
            called = (
                here.get("name") or here.get("team") or here.get("code") if isinstance(here, dict) else None
            )
            words[-1:] = [f"{words[-1]} {step + 1}" + (f" ({called})" if called else "")]
        else:
            words.append(step)
    return ", ".join(words)
