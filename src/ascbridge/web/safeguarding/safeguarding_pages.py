"""Safeguarding's own pages: its lists, one concern with its acts, looking for one, and who looked at what.

They take nothing from the bridge's database but when feeds last spoke, and leave nothing there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_args

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ValidationError

from ascbridge.access import Access
from ascbridge.safeguarding.concern_changes import (
    CONCERN_ACTS,
    FORM_WORDS,
    INVITED_WORDS,
    OUTCOME_WORDS,
    RISK_WORDS,
    ConcernAct,
    ConcernWish,
    may,
)
from ascbridge.safeguarding.concern_clocks import ALERT_WORDS
from ascbridge.safeguarding.concern_list import CONCERN_VIEWS, ConcernView
from ascbridge.web.layout import Pages, mark_of, refreshing, unchanged
from ascbridge.web.parts import WebParts
from ascbridge.web.refusals import tried
from ascbridge.web.safeguarding import safeguarding_acts as acts
from ascbridge.web.safeguarding.safeguarding_words import (
    ABUSE_WORDS,
    ACT_TITLES,
    ACTED,
    KNOWN_WORDS,
)
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from ascbridge.safeguarding.concern_list import ConcernShown
    from ascbridge.web.layout import Around

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("concerns", least=Access.full))]
Acting = Annotated[Visitor, Depends(Needs("concern-desk", least=Access.full))]

SAFEGUARDING_TABS: dict[ConcernView, str] = {
    "to-decide": "To decide",
    "enquiries": "Enquiries",
    "mine": "Mine",
    "needs-a-look": "Needs a look",
    "closed": "Closed lately",
}
PAGE = 200


class ActForm(BaseModel):
    """What an act's form sends; names of people and organisations stand one on a line."""

    version: int
    choice: str = ""
    text: str = ""
    reference: str = ""
    dated_on: str = ""
    lead: str = ""
    asked: str = ""
    achieved: str = ""
    capacity: str = ""
    advocate: str = ""
    severity: str = ""
    gender: str = ""
    ethnicity: str = ""
    support_reason: str = ""
    accounts: str = ""
    organisations: str = ""


@dataclass(frozen=True, slots=True)
class _Filled:
    """A form as somebody sent it, what is wrong with it, and what colleagues did since version `seen`."""

    form: ActForm | None = None
    error: str = ""
    status: int = 200


@router.get("/safeguarding")
async def concern_lists(
    request: Request, visitor: Seeing, view: str = "to-decide", team: str = "", after: int = 0
) -> Response:
    """One list of concerns, what is due soonest first; with `after`, from behind so many."""
    vault = acts.vault_of(request)
    chosen: ConcernView = next((one for one in CONCERN_VIEWS if one == view), "to-decide")
    team = team if team in vault.rules.teams else ""
    around = await _around(request)
    lists = await acts.read_lists(request, visitor, chosen, team, noted=not refreshing(request))
    after = max(0, min(after, (len(lists[chosen]) - 1) // PAGE * PAGE))
    rows = lists[chosen][after : after + PAGE]
    counts = {name: len(found) for name, found in lists.items()}
    troubles = [said for trouble in vault.troubles.values() if (said := trouble())]
    mark = mark_of(around, rows, counts, troubles)
    same = unchanged(request, around, mark)
    if same:
        return same
    return _show(
        request, "safeguarding.html", visitor, around, mark=mark, view=chosen, team=team, rows=rows, counts=counts,
        after=after, page=PAGE, more=len(lists[chosen]) - after - len(rows), tabs=SAFEGUARDING_TABS, asked=None,
        troubles=troubles,
    )  # fmt: skip


@router.post("/safeguarding/find")
async def find_concern(request: Request, visitor: Seeing, q: Annotated[str, Form()] = "") -> Response:
    """Concerns by reference or NHS number; asked by a form, so that no number stands in an address."""
    found = await acts.read_found(request, visitor, q)
    around = await _around(request)
    return _show(
        request, "safeguarding.html", visitor, around, view="", team="", rows=found, counts={}, after=0,
        page=PAGE, more=0, tabs=SAFEGUARDING_TABS, asked=q, troubles=(),
    )  # fmt: skip


@router.get("/safeguarding/invitation")
async def invitation(request: Request, visitor: Seeing) -> Response:
    """The invitation to the survey, to be printed or read out: the same for everybody, and about nobody."""
    return _show(request, "safeguarding_invitation.html", visitor, await _around(request))


@router.get("/safeguarding/audit")
async def concern_audit(
    request: Request, visitor: Seeing, whom: str = "", who: str = "", before: int = 0
) -> Response:
    """Who looked at what and did what behind the wall."""
    entries, chains, older = await acts.read_audit(request, visitor, whom.strip(), who.strip(), before)
    return _show(
        request, "safeguarding_audit.html", visitor, await _around(request), whom=whom, who=who, entries=entries,
        chains=chains, older=older,
    )  # fmt: skip


@router.get("/safeguarding/concerns/{concern_id}")
async def concern_page(request: Request, visitor: Seeing, concern_id: str) -> Response:
    """One concern: what is said, whose it is and why, what was done, and the adult's others."""
    shown = await acts.read_one(request, visitor, concern_id, noted=not refreshing(request))
    around = await _around(request)
    mark = mark_of(around, shown)
    same = unchanged(request, around, mark)
    if same:
        return same
    done = request.query_params.get("done", "")
    return _show(
        request, "safeguarding_concern.html", visitor, around, mark=mark, shown=shown, done=ACTED.get(done, ""),
        may=may(shown.listed.stood.said),
    )  # fmt: skip


@router.get("/safeguarding/concerns/{concern_id}/{act}")
async def concern_act_page(request: Request, visitor: Acting, concern_id: str, act: str) -> Response:
    """Ask for what an act needs."""
    return await _act_page(request, visitor, concern_id, act, _Filled())


@router.post("/safeguarding/concerns/{concern_id}/{act}")
async def do_concern_act(
    request: Request, visitor: Acting, concern_id: str, act: str, form: Annotated[ActForm, Form()]
) -> Response:
    """Act; where somebody was quicker, say so, show what they did, and let the person decide again."""
    name = next((one for one in CONCERN_ACTS if one == act), None)
    if name is None:
        raise HTTPException(404)
    try:
        wish = _wish(name, form)
    except ValidationError as fault:
        error, status = _too_long(fault), 422
    else:
        error, status = await tried(acts.do_act(request, visitor, concern_id, form.version, wish), "")
    if error:
        return await _act_page(request, visitor, concern_id, act, _Filled(form, error, status))
    if name in {"hand-over", "keep-out"} and not await _still_there(request, visitor, concern_id):
        return RedirectResponse("/safeguarding", 303)
    return RedirectResponse(f"/safeguarding/concerns/{concern_id}?done={name}", 303)


def _wish(act: ConcernAct, form: ActForm) -> ConcernWish:
    """Read the form as a wish. Raises `ValidationError`."""
    said = form.model_dump(exclude={"version"})
    names = {
        name: tuple(filter(None, map(str.strip, said[name].splitlines())))
        for name in ("accounts", "organisations")
    }
    return ConcernWish.model_validate(said | names | {"act": act})


def _too_long(fault: ValidationError) -> str:
    return "; ".join(dict.fromkeys(str(one["msg"]) for one in fault.errors()))


async def _still_there(request: Request, visitor: Visitor, concern_id: str) -> bool:
    try:
        await acts.read_one(request, visitor, concern_id, noted=False)
    except HTTPException:
        return False
    return True


async def _act_page(
    request: Request, visitor: Visitor, concern_id: str, act: str, filled: _Filled
) -> Response:
    if act not in get_args(ConcernAct):
        raise HTTPException(404)
    shown: ConcernShown = await acts.read_one(request, visitor, concern_id)
    seen = filled.form.version if filled.form is not None and filled.status == 409 else None
    return _show(
        request, "safeguarding_act.html", visitor, await _around(request), shown=shown, act=act, filled=filled,
        form=filled.form or ActForm(version=shown.listed.stood.version), titles=ACT_TITLES, status=filled.status,
        may=may(shown.listed.stood.said),
        new_acts=[one for one in shown.acts if seen is not None and one.version > seen],
    )  # fmt: skip


async def _around(request: Request) -> Around:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    return await parts.database.read(pages.around)


def _show(request: Request, template: str, visitor: Visitor, around: Around, **values: Any) -> Response:
    pages: Pages = request.app.state.pages
    return pages.show(
        request, template, visitor=visitor, around=around, rules=acts.vault_of(request).rules, abuse=ABUSE_WORDS,
        invited=INVITED_WORDS, outcomes=OUTCOME_WORDS, risks=RISK_WORDS, forms=FORM_WORDS, alerts=ALERT_WORDS,
        known=KNOWN_WORDS, acted=ACTED, **values,
    )  # fmt: skip
