"""Signing in: OpenID Connect where it is set up; on a single machine a link that opens once, and a choice
of role.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import ROLES, Role, as_role, holds
from ascbridge.discharge.lists import colleagues
from ascbridge.telemetry import log
from ascbridge.web import visitors
from ascbridge.web.doorbook import write_down
from ascbridge.web.visitors import AnyRole, Everyone, NotBelieved, NotSignedIn, Visitor

if TYPE_CHECKING:
    from ascbridge.web.identity_provider import IdentityProvider
    from ascbridge.web.layout import Pages
    from ascbridge.web.parts import WebParts

router = APIRouter(include_in_schema=False)
Anybody = Annotated[None, Depends(Everyone())]

HUMAN_ROLES: tuple[Role, ...] = tuple(role for role in ROLES if role not in {"integration", "hospital"})
_REFUSALS = frozenset({"used", "refused", "no-role", "no-organisation"})
_log = log("web.auth")


class OneTimeCode:
    """The code of the link that `ascbridge up` prints: good once, for as long as this process lives."""

    def __init__(self, code: str) -> None:
        self._code = code

    def use(self, given: str) -> bool:
        """Whether `given` is the code; then it is used up. A wrong guess does not use it up."""
        if not self._code or not hmac.compare_digest(self._code.encode(), given.encode()):
            return False
        self._code = ""
        return True


def provider(parts: WebParts) -> IdentityProvider | None:
    """Return the configured identity provider, or None where there is none."""
    settings = parts.settings.sign_in
    if not settings.issuer:
        return None
    from ascbridge.web.identity_provider import IdentityProvider  # noqa: PLC0415  # slow to load, and seldom needed

    return IdentityProvider(settings)


@router.get("/sign-in")
async def sign_in(request: Request, _: Anybody, code: str = "", why: str = "") -> Response:
    """The one page for those who are not signed in; with the one-time code it signs in."""
    pages: Pages = request.app.state.pages
    if code and request.app.state.provider is None and visitors.from_this_machine(request):
        if request.app.state.one_time_code.use(code):
            visitors.begin_session(request, "", HUMAN_ROLES)
            return RedirectResponse("/sign-in/role", 303)
        why = "used"
    return pages.show(
        request,
        "sign_in.html",
        by_provider=request.app.state.provider is not None,
        why=why if why in {*_REFUSALS, "ended"} else "",
        status=403 if why in _REFUSALS else 200,
    )


@router.get("/sign-in/start")
async def start(request: Request, _: Anybody) -> Response:
    """Send the browser to the identity provider."""
    council: IdentityProvider | None = request.app.state.provider
    if council is None:
        raise HTTPException(404)
    try:
        return await council.redirect(request, str(request.url_for("come_back")))
    except NotBelieved as fault:
        _log.warning("identity provider cannot be used", cause=str(fault))
        raise HTTPException(503, "The sign-in service cannot be reached. Try again in a minute.") from None


@router.get("/sign-in/back")
async def come_back(request: Request, _: Anybody) -> Response:
    """Take the identity provider's answer."""
    council: IdentityProvider | None = request.app.state.provider
    if council is None:
        raise HTTPException(404)
    try:
        claims = await council.claims(request)
    except NotBelieved as fault:
        _log.warning("sign-in refused", cause=str(fault))
        return RedirectResponse("/sign-in?why=refused", 303)
    parts: WebParts = request.app.state.parts
    said = claims.get(parts.settings.sign_in.role_claim) or []
    names = [said] if isinstance(said, str) else list(said)
    organisation = _one_of(claims.get(parts.settings.sign_in.organisation_claim))
    employer = visitors.employer_of(request, organisation)
    if not employer:
        _log.warning("sign-in refused", cause="an organisation that the access table does not have")
        return RedirectResponse("/sign-in?why=no-organisation", 303)
    roles = tuple(role for role in HUMAN_ROLES if role in names and holds(employer, role))
    name = str(claims.get("name") or claims.get("preferred_username") or claims.get("sub") or "")
    if not roles or not name:
        return RedirectResponse("/sign-in?why=no-role", 303)
    team = str(claims.get(parts.settings.sign_in.team_claim) or "")
    visitors.begin_session(request, name, roles, str(claims.get("sub") or ""), organisation, team)
    if len(roles) > 1:
        return RedirectResponse("/sign-in/role", 303)
    await _known_as(request, name, roles[0])
    await write_down(request, Visitor(name, roles[0], "session", employer=employer), "signed in")
    return RedirectResponse(visitors.where_to(request), 303)


@router.get("/sign-in/role")
async def roles(request: Request, _: Anybody) -> Response:
    """Ask in which role somebody works now."""
    return _role_page(request)


@router.post("/sign-in/role")
async def take_role(
    request: Request, _: Anybody, role: Annotated[str, Form()] = "", name: Annotated[str, Form()] = ""
) -> Response:
    """Take the role; on a single machine also the name under which this person's acts are written down."""
    open_to = visitors.roles_open_to(request)
    if not open_to:
        raise NotSignedIn
    await visitors.check_form(request)
    chosen = as_role(role)
    named = (
        str(request.session.get("name", "")) if request.app.state.provider else " ".join(name.split())[:60]
    )
    errors = {}
    if not named:
        errors["name"] = "Enter your name"
    if chosen not in open_to:
        errors["role"] = "Choose the role you work in"
    if errors or chosen is None:
        return _role_page(request, errors, role, name)
    visitors.choose_role(request, chosen, named)
    await _known_as(request, named, chosen)
    employer = visitors.employer_of(request, str(request.session.get("organisation", "")))
    await write_down(request, Visitor(named, chosen, "session", employer=employer), "signed in")
    return RedirectResponse(visitors.where_to(request), 303)


@router.post("/sign-out")
async def sign_out(request: Request, visitor: Annotated[Visitor, Depends(AnyRole())]) -> Response:
    """Forget the session."""
    await write_down(request, visitor, "signed out")
    request.session.clear()
    return RedirectResponse("/sign-in?why=ended", 303)


async def _known_as(request: Request, name: str, role: Role) -> None:
    """Let colleagues give work to whoever signed in."""
    parts: WebParts = request.app.state.parts
    await parts.database.write(
        lambda connection: colleagues.seen(connection, name, role, parts.clock.now_ms())
    )


def _one_of(said: object) -> str:
    """What a claim says: empty where it says nothing, and no organisation's name where it says several things."""
    if isinstance(said, list) and len(said) == 1:
        (said,) = said
    return "" if said is None else str(said)


def _role_page(
    request: Request, errors: dict[str, str] | None = None, role: str = "", name: str = ""
) -> Response:
    open_to = visitors.roles_open_to(request)
    if not open_to:
        raise NotSignedIn
    pages: Pages = request.app.state.pages
    return pages.show(
        request,
        "role.html",
        roles=open_to,
        asks_name=request.app.state.provider is None,
        form_token=request.session["form_token"],
        role=role or request.session.get("role", ""),
        name=name or request.session.get("name", ""),
        errors=errors or {},
        status=422 if errors else 200,
    )
