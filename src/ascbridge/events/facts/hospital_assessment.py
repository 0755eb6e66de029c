"""What is said about an assessment that was made in hospital: by which team, and whether another is needed.

It names nobody who made it. Where it is a document, what that is called and where it is kept is sealed; the document
itself is never here. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from ascbridge.events.facts.fact import Fact, Part


class AssessedNeed(Part):
    """One outcome of the Care Act, and how the person manages it."""

    domain: str
    level: str


class SealedDocument(Part):
    """What a document is called and where it is kept (http or https; empty where nobody said). Either may tell where
    somebody is.
    """

    withheld: ClassVar[frozenset[str]] = frozenset({"title", "url"})
    title: str = ""
    url: str = ""


class AssessmentDocument(Part):
    """The document that an assessment is: its kind of file, and where somebody said so its size in bytes and SHA-1
    (base64, as FHIR's Attachment.hash). `attached_ms` (UTC) is when somebody pointed to it.
    """

    content_type: str
    attached_ms: int
    size: int | None = None
    sha1: str = ""


class HospitalAssessmentAttached(Fact):
    """An assessment made in hospital goes with a discharge task, as it now stands. The highest `revision` holds.

    `kind` is *trusted* (made by a team whose assessments are taken as they are) or *contact*. As long as `reassess` is
    empty no re-assessment is needed; else it says why one is. `withdrawn`: it was attached in error. `document`: it
    is one.
    """

    family = "task"
    seals = SealedDocument
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
    document: AssessmentDocument | None = None
