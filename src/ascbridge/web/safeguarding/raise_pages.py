"""The form with which a signed-in professional raises a concern. It answers with a reference, and with nothing else.

What it answers never depends on what is known of the adult. What was written goes behind the wall and nowhere else.
"""

from __future__ import annotations

import re
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ValidationError

from ascbridge.access import Access
from ascbridge.safeguarding.concern_words import AdultSaid, ConcernSaid, SenderSaid, faults
from ascbridge.web.layout import Pages
from ascbridge.web.safeguarding import safeguarding_acts as acts
from ascbridge.web.safeguarding.safeguarding_words import ABUSE_WORDS, KNOWN_WORDS
from ascbridge.web.visitors import Needs, Visitor

router = APIRouter(include_in_schema=False)
Raising = Annotated[Visitor, Depends(Needs("raise-concern", least=Access.full))]
_REFERENCE = re.compile(r"SG-[2-9A-Z]{8}")
_CHOOSE = "Choose one of the list"


class RaiseForm(BaseModel):
    """What the form sends. `once` is the form's own number: sent twice, it is one concern."""

    once: str = ""
    origin: str = ""
    place: str = ""
    place_name: str = ""
    council: str = ""
    mental_health: str = ""
    occurred_on: str = ""
    abuse_types: list[str] = []
    severity: str = ""
    account: str = ""
    family_name: str = ""
    given_names: str = ""
    birth_date: str = ""
    nhs_number: str = ""
    role: str = ""
    organisation: str = ""
    phone: str = ""
    capacity: str = "unknown"
    advocate: str = "unknown"
    source_of_risk: str = ""
    source_named: str = ""


@router.get("/raise-concern")
async def raise_form(request: Request, visitor: Raising) -> Response:
    """An empty form."""
    acts.vault_of(request)
    return _page(
        request, visitor, RaiseForm(once=secrets.token_urlsafe(18), organisation=visitor.organisation), {}
    )


@router.post("/raise-concern")
async def take_form(request: Request, visitor: Raising, form: Annotated[RaiseForm, Form()]) -> Response:
    """Take it, or say what is wrong with it; what was written stays on the page."""
    vault = acts.vault_of(request)
    try:
        said = _said(visitor, form)
    except ValidationError as fault:
        wrong = {str(one["loc"][-1] if one["loc"][-1] in RaiseForm.model_fields else one["loc"][0]):
                 "This is too long" if "long" in one["type"] else _CHOOSE for one in fault.errors()}  # fmt: skip
        return _page(request, visitor, form, wrong)
    wrong = faults(vault.rules, said)
    if wrong:
        return _page(request, visitor, form, wrong)
    reference = await acts.raise_concern(request, visitor, said, "form", form.once)
    return RedirectResponse(f"/raise-concern/taken/{reference}", 303)


@router.get("/raise-concern/taken/{reference}")
async def taken(request: Request, visitor: Raising, reference: str) -> Response:
    """Show the reference. It is not looked up, so it tells nobody whether there is such a concern."""
    acts.vault_of(request)
    if not _REFERENCE.fullmatch(reference):
        raise HTTPException(404)
    pages: Pages = request.app.state.pages
    return pages.show(request, "raised.html", visitor=visitor, reference=reference)


def _said(visitor: Visitor, form: RaiseForm) -> ConcernSaid:
    """Read the form as words of a concern. Raises `ValidationError`."""
    own = {"once", "family_name", "given_names", "birth_date", "nhs_number", "role", "organisation", "phone"}
    plain: dict[str, Any] = form.model_dump(exclude={*own, "source_named", "mental_health"})
    return ConcernSaid(
        **plain,
        mental_health=form.mental_health == "yes",
        source_named=tuple(filter(None, map(str.strip, form.source_named.splitlines()))),
        adult=AdultSaid(
            family_name=form.family_name, given_names=form.given_names, birth_date=form.birth_date,
            nhs_number=form.nhs_number,
        ),
        raised_by=SenderSaid(
            name=visitor.name, role=form.role, organisation=form.organisation or visitor.organisation, phone=form.phone
        ),
    )  # fmt: skip


def _page(request: Request, visitor: Visitor, form: RaiseForm, wrong: dict[str, str]) -> Response:
    pages: Pages = request.app.state.pages
    return pages.show(
        request, "raise_concern.html", visitor=visitor, form=form, wrong=wrong, rules=acts.vault_of(request).rules,
        abuse=ABUSE_WORDS, known=KNOWN_WORDS, status=422 if wrong else 200,
    )  # fmt: skip
