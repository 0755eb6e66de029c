"""The information that goes with a person, for programs. Faults are problem+json."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.discharge.acts.assessment_desk import (
    LONGEST_TITLE,
    LONGEST_URL,
    AssessmentActName,
    AssessmentWish,
    DocumentWish,
)
from ascbridge.discharge.acts.pack_desk import PackActName, PackWish
from ascbridge.web.api_models import Done, Model
from ascbridge.web.discharge.api import Purpose
from ascbridge.web.discharge.pack_pages import do_assessment_act, do_pack_act, read_pack_page
from ascbridge.web.discharge.pack_shown import AssessmentShown
from ascbridge.web.doorbook import write_down
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.purpose import reason_to_open
from ascbridge.web.refusals import LONGEST_TEXT, answered
from ascbridge.web.visitors import Needs, Visitor

router = APIRouter(prefix="/api", responses=ANSWERS, tags=["information pack"])
Seeing = Annotated[Visitor, Depends(Needs("worklist"))]
Acting = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]


class PackLineOut(Model):
    """One item of the pack."""

    code: str
    words: str
    state: str = Field(description="present, waived or missing")
    required: bool = Field(description="Whether the pathway and setting of the task ask for it")
    by: str
    at_ms: int | None
    reason: str = Field(description="Why it is waived, in words")
    text: str = Field(description="Where it is found; empty for roles that are shown no notes")


class ReceiptOut(Model):
    """Whether whoever receives the person said that the information came."""

    asked_ms: int | None
    asked_by: str
    asked_of: str
    due_ms: int | None
    late: bool
    received_ms: int | None
    received_by: str
    written_by: str


class DocumentOut(Model):
    """The document that an assessment is: a pointer. Title and address are empty for who is not shown them."""

    title: str
    url: str
    linked: bool = Field(description="Whether its host is one of discharge.document_hosts")
    content_type: str
    kind: str = Field(description="The kind of file in words")
    size: int | None
    sha1: str


class AssessmentOut(Model):
    """One assessment made in hospital. No re-assessment is needed as long as `because` is empty."""

    number: int
    team: str
    kind: str = Field(description="trusted or contact")
    on: str
    needs: list[tuple[str, str]]
    by: str
    at_ms: int
    text: str
    because: str
    because_by: str
    because_text: str
    document: DocumentOut | None = None


class PackOut(Model):
    """The pack of one task. `missing` keep it from being completed; without a pathway nothing is asked for yet."""

    items: list[PackLineOut]
    missing: list[str]
    receipt: ReceiptOut
    assessments: list[AssessmentOut]
    list_version: str
    version: int = Field(description="To be sent back with the next act")


class DocumentIn(Model):
    """The document that an assessment is: what it is called and where it is kept. It is not fetched, and not kept."""

    title: str = Field(min_length=1, max_length=LONGEST_TITLE)
    url: str = Field("", max_length=LONGEST_URL, description="http or https, without user or password")
    content_type: str = Field("application/pdf", description="Its kind of file, as a MIME type")
    size: int | None = Field(None, ge=0, description="In bytes")
    sha1: str = Field("", description="Its SHA-1 in base64, as FHIR's Attachment.hash")


class AssessmentIn(Model):
    """What to do. *attach* takes `assessor`, `on` and `needs`, and in `text` who made it by name and where it is found;
    the others which assessment (`number`), and *reassess* a reason.
    """

    version: int = Field(description="The version that was shown; 409 where somebody was quicker")
    number: int = 0
    assessor: str = Field("", description="Code of the list packs")
    on: str = Field("", description="The day on which it was made, ISO")
    needs: dict[str, str] = Field(default_factory=dict, description="Level by outcome of the Care Act")
    reason: str = ""
    text: str = Field("", max_length=LONGEST_TEXT, description="Free text, kept sealed")
    document: DocumentIn | None = Field(None, description="With attach, where the assessment is a document")


class PackIn(Model):
    """What to do: `items` that are there, or the one that is waived or missing; of whom a receipt is asked, or who gave
    it, in `text`.
    """

    version: int = Field(description="The version that was shown; 409 where somebody was quicker")
    items: tuple[str, ...] = ()
    reason: str = ""
    text: str = Field("", max_length=LONGEST_TEXT, description="Free text, kept sealed")
    received_ms: int | None = Field(None, description="When the receipt came; left out: now")


def _assessment(one: AssessmentShown) -> AssessmentOut:
    said = asdict(one)
    document = said.pop("document")
    if document is not None:
        del document["hosts"]
    return AssessmentOut(
        **{**said, "needs": list(one.needs)}, document=DocumentOut(**document) if document else None
    )


@router.get("/tasks/{task_id}/pack", summary="What information goes with the person")
async def pack(request: Request, visitor: Seeing, task_id: str, purpose: Purpose = "") -> PackOut:
    """Each item, present, waived or missing, and whether its receipt was said."""
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    found = await parts.database.read(lambda c: read_pack_page(c, parts, task_id, visitor, now_ms))
    if found is None:
        raise HTTPException(404, "There is no such task.")
    row, shown, _, working = found
    why = reason_to_open(request, visitor, row.person_id, ground=working, stated=purpose)
    await write_down(request, visitor, "task read", whom=row.person_id, why=why)
    return PackOut(
        items=[PackLineOut(**asdict(line)) for line in shown.lines],
        missing=[line.code for line in shown.missing],
        receipt=ReceiptOut(**asdict(shown.receipt)),
        assessments=[_assessment(one) for one in shown.assessments],
        list_version=shown.packs.ident,
        version=shown.version,
    )


@router.post("/tasks/{task_id}/pack/{act}", summary="Act on the information that goes with the person")
async def act(request: Request, visitor: Acting, task_id: str, act: PackActName, wish: PackIn) -> Done:
    """Say that items are there, waive one, say that one is missing, ask for the receipt, or write it down."""
    wanted = PackWish(act, wish.items, wish.reason, wish.text, wish.received_ms)
    version = await answered(do_pack_act(request, visitor, task_id, wish.version, wanted))
    return Done(task_id=task_id, version=version)


@router.post("/tasks/{task_id}/assessment/{act}", summary="Act on an assessment made in hospital")
async def assess(
    request: Request, visitor: Acting, task_id: str, act: AssessmentActName, wish: AssessmentIn
) -> Done:
    """Attach one with its assessor, say why another is needed, or take one back that was attached in error."""
    document = DocumentWish(**wish.document.model_dump()) if wish.document else None
    wanted = AssessmentWish(
        act, wish.assessor, wish.on, wish.needs, wish.number, wish.reason, wish.text, document
    )
    version = await answered(do_assessment_act(request, visitor, task_id, wish.version, wanted))
    return Done(task_id=task_id, version=version)
