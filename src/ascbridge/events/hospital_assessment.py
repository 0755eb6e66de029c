"""What is said about an assessment that was made in hospital: by which team, and whether another is needed.

It names neither the person who made it nor a document. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import Literal

from ascbridge.events.fact import Fact, Part


class AssessedNeed(Part):
    """One outcome of the Care Act, and how the person manages it."""

    domain: str
    level: str


class HospitalAssessmentAttached(Fact):
    """An assessment made in hospital goes with a discharge task, as it now stands. The highest `revision` holds.

    `kind` is *trusted* (made by a team whose assessments are taken as they are) or *contact*. As long as `reassess` is
    empty no re-assessment is needed; else it says why one is. `withdrawn`: it was attached in error.
    """

    family = "task"
    assessment: str
    task: str
    spell: str
    revision: int
    kind: Literal["trusted", "contact"]
    assessor_team: str
    assessed_on: str
    needs: tuple[AssessedNeed, ...] = ()
    reassess: str = ""
    list_version: str = ""
    withdrawn: bool = False
