"""Why a section of the council's case is empty: nobody recorded anything, nobody tells it, or who would is quiet.

Absence of information does not mean that there is none: each empty section says which of these it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.web.record.case_shown import TITLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ascbridge.discharge.stay.case_view import Case
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.operations.flowing.flows import Heard

NONE_RECORDED = "none recorded"
NOT_SUPPLIED = "not supplied"
LATE = "late"


@dataclass(frozen=True, slots=True)
class Nothing:
    """A section with nothing in it, and why."""

    title: str
    state: str


def tells(profile: Profile, kind: str) -> bool:
    """Whether a feed tells such things at all: one that names its columns or members tells those alone."""
    named = {one.fact for one in profile.files.csv} | {one.fact for one in profile.objects}
    named |= {one.fact for one in profile.database.tables}
    return profile.feed.source == "council_facts" and not profile.shadow and (not named or kind in named)


def nothing_here(case: Case, heard: Sequence[Heard], profiles: Mapping[str, Profile]) -> tuple[Nothing, ...]:
    """Return the sections in which there is nothing, each with the one reason."""
    there = {one.kind for one in case.entries}
    return tuple(
        Nothing(title, _why([one.late for one in heard if tells(profiles[one.feed.name], kind)]))
        for kind, title in TITLES.items()
        if kind not in there
    )


def _why(late: Sequence[bool]) -> str:
    if not late:
        return NOT_SUPPLIED
    return LATE if any(late) else NONE_RECORDED
