"""Who is asking, and whether they may: every route names what it needs, and what names nothing is refused
at start.

A visitor comes with a session (a signed cookie, after signing in) or with a bearer token. Nothing is
decided from where a request comes, except that the one-time link and the metrics answer on loopback only.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from fastapi import HTTPException, Request
from fastapi.routing import APIRoute, iter_route_contexts

from ascbridge.access import (
    TITLES,
    Access,
    Role,
    Section,
    as_role,
    holds,
    may,
    organisation_at,
    organisation_of,
)
from ascbridge.operations.tokens import BadToken
from ascbridge.web.token_desk import TokenDesk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from ascbridge.operations.scopes import Scopes
    from ascbridge.operations.tokens import Slip
    from ascbridge.web.parts import WebParts

SESSION_S = 12 * 3600
"""How long a sign-in lasts: one long shift."""
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_REASONS = 20
ASKED_FOR = "asked_for"
"""Where a session keeps whom a case system's link was for, until its reader has signed in."""


class NotBelieved(Exception):
    """The identity provider cannot be reached, or its answer is not to be believed; the text names nobody."""


class NotSignedIn(HTTPException):
    """Nobody, or nobody any more: a page sends them to sign in, an interface answers 401."""

    def __init__(self, why: str = "sign in first") -> None:
        super().__init__(401, why, {"WWW-Authenticate": "Bearer"})


class NotAllowed(HTTPException):
    """Somebody whose role does not reach this section: 403."""

    def __init__(self, role: Role, section: Section) -> None:
        super().__init__(403, f"The role {TITLES[role]} does not open this ({section}).")


class StaleForm(HTTPException):
    """A form without this session's token: an old page, or another site's doing. Nothing was done."""

    def __init__(self) -> None:
        super().__init__(403, "this page was too old to be used; nothing was done; open it again and repeat")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is asking, in which of the roles, and by what they showed it. `form_token` goes into every form.

    `sign_in` is the same for all that one sign-in does, whatever name or role it goes by. `organisation` is what the
    identity provider says of it, empty where it says nothing.
    """

    name: str
    role: Role
    via: Literal["session", "token"]
    form_token: str = ""
    roles: tuple[Role, ...] = ()
    sign_in: str = ""
    organisation: str = ""
    facility: str = ""
    """Of a hospital's token: with what the ODS codes of its sites begin."""
    team: str = ""
    """What the identity provider says of the team that they are of."""
    scopes: Scopes | None = None
    """Of a token: what it reads over the FHIR interface, and then nothing else; None: what its role may."""
    employer: str = ""
    """Which organisation of the access table that is; of none there is, nothing may be seen."""

    def may(self, section: Section) -> Access:
        """How much of a section this visitor gets."""
        return may(self.employer, self.role, section)


class Needs:
    """A route's rule: the section it shows or changes, and at least how much of it the role must have.

    With `others` any of them will do; what is shown of each, the route decides. `also` is needed besides.
    """

    def __init__(
        self, section: Section, *others: Section, least: Access = Access.masked, also: Section | None = None
    ) -> None:
        self.section: Section = section
        self.least = least
        self.also: Section | None = also
        self._any = (section, *others)

    async def __call__(self, request: Request) -> Visitor:
        visitor = await signed_in(request)
        if visitor.scopes is not None and not visitor.scopes.opens(self.section):
            raise NotAllowed(visitor.role, self.section)
        found = [visitor.may(section) for section in self._any]
        if not any(access and (self.least is not Access.full or access is Access.full) for access in found):
            raise NotAllowed(visitor.role, self.section)
        if self.also is not None and not visitor.may(self.also):
            raise NotAllowed(visitor.role, self.also)
        return visitor


class AnyRole:
    """A route's rule: whoever is signed in, whatever their role."""

    async def __call__(self, request: Request) -> Visitor:
        visitor = await signed_in(request)
        if visitor.scopes is not None and request.url.path != "/fhir/metadata":
            raise HTTPException(403, "a token with scopes opens the FHIR interface and nothing else")
        return visitor


class Everyone:
    """A route's rule: no sign-in. Only for pages and answers without any personal data."""

    async def __call__(self) -> None:
        return None


class Loopback:
    """A route's rule: no sign-in from this machine itself; from elsewhere nobody."""

    async def __call__(self, request: Request) -> None:
        if not from_this_machine(request):
            raise HTTPException(404)


Rule = Needs | AnyRole | Everyone | Loopback


def rules(app: FastAPI) -> Iterator[tuple[str, frozenset[str], list[Rule]]]:
    """Give each route's path, methods and rules. Raises `TypeError` for a route whose rules cannot be
    known.
    """
    for context in iter_route_contexts(app.routes):
        if not isinstance(context.original_route, APIRoute):
            raise TypeError(f"{context.path} is no route with rules")
        found = [d.call for d in context.dependant.dependencies if isinstance(d.call, Rule)]
        yield str(context.path), frozenset(context.methods or ()), found


async def signed_in(request: Request) -> Visitor:
    """Return who is asking. Raises `NotSignedIn`, or `StaleForm` where a change lacks its form token."""
    header = request.headers.get("authorization", "")
    if header[:7].lower() == "bearer ":
        return await _bearer(request, header[7:].strip())
    visitor = _from_session(request)
    if visitor is None:
        raise NotSignedIn
    if request.method not in _SAFE_METHODS:
        await check_form(request)
    return visitor


def known(request: Request) -> Visitor | None:
    """Return who this session belongs to, to show them where they may go; it lets nobody do anything."""
    return _from_session(request) if "session" in request.scope else None


async def check_form(request: Request) -> None:
    """Refuse a change that does not carry this session's form token. Raises `StaleForm`."""
    wanted = str(request.session.get("form_token", ""))
    given = request.headers.get("x-form-token", "")
    if not given and "form" in request.headers.get("content-type", ""):
        given = str((await request.form()).get("form_token", ""))
    if not wanted or not hmac.compare_digest(wanted.encode(), given.encode()):
        raise StaleForm


def begin_session(
    request: Request,
    name: str,
    roles: tuple[Role, ...],
    subject: str = "",
    organisation: str = "",
    team: str = "",
) -> None:
    """Sign somebody in: whatever the session held before is gone, so a planted one is worth nothing. What stays is whom
    a case system's link was for: it lets nobody see anything.

    `subject` is the identity provider's own id of this person, empty where nobody answers for who they are.
    """
    asked_for = request.session.get(ASKED_FOR)
    request.session.clear()
    request.session.update(
        **({ASKED_FOR: asked_for} if asked_for else {}),
        name=name,
        roles=list(roles),
        since=int(time.time()),
        form_token=secrets.token_urlsafe(24),
        organisation=organisation,
        team=team,
        sign_in=f"person:{subject}" if subject else f"link:{secrets.token_urlsafe(12)}",
    )
    if len(roles) == 1:
        request.session["role"] = roles[0]


def choose_role(request: Request, role: Role, name: str) -> None:
    """Go on in another role, with fresh form token and no reasons: those belong to the role they were given
    in.
    """
    request.session.update(role=role, name=name, form_token=secrets.token_urlsafe(24))
    request.session.pop("reasons", None)


def roles_open_to(request: Request) -> tuple[Role, ...]:
    """The roles that this session may choose from; empty where nobody is signed in."""
    if int(time.time()) - int(request.session.get("since", 0)) > SESSION_S:
        return ()
    employer = employer_of(request, str(request.session.get("organisation", "")))
    found = (as_role(str(name)) for name in request.session.get("roles", []))
    return tuple(role for role in found if role is not None and holds(employer, role))


def employer_of(request: Request, organisation: str) -> str:
    """Return the organisation of the access table that a sign-in names; empty where the table has none of that name."""
    parts: WebParts = request.app.state.parts
    set_so = parts.settings.sign_in
    return organisation_of(organisation, set_so.own_organisation, set_so.organisations)


def where_to(request: Request) -> str:
    """Where somebody goes who just signed in: to the record that a case system's link was for, else to the start."""
    return "/in-context" if ASKED_FOR in request.session else "/"


def reason_for(request: Request, about: str) -> str:
    """The reason this session gave for reading about somebody, or for reading at all (`about` empty)."""
    return str(request.session.get("reasons", {}).get(about, ""))


def keep_reason(request: Request, about: str, reason: str) -> None:
    """Remember a reason for the rest of the session; only the newest are kept, a cookie being small."""
    reasons: dict[str, Any] = dict(request.session.get("reasons", {}))
    reasons.pop(about, None)
    reasons[about] = reason[:120]
    while len(reasons) > _MOST_REASONS:
        reasons.pop(next(iter(reasons)))
    request.session["reasons"] = reasons


def from_this_machine(request: Request) -> bool:
    """Whether the connection itself, whatever its headers claim, comes from loopback."""
    host = request.client.host if request.client else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _from_session(request: Request) -> Visitor | None:
    session = request.session
    role = as_role(str(session.get("role", "")))
    if role is None or int(time.time()) - int(session.get("since", 0)) > SESSION_S:
        return None
    roles = tuple(r for r in map(as_role, map(str, session.get("roles", []))) if r is not None)
    sign_in = str(session.get("sign_in", ""))
    organisation = str(session.get("organisation", ""))
    employer = employer_of(request, organisation)
    if role not in roles or not sign_in or not holds(employer, role):
        return None
    return Visitor(
        str(session["name"]), role, "session", str(session["form_token"]), roles, sign_in, organisation,
        team=str(session.get("team", "")), employer=employer,
    )  # fmt: skip


async def _bearer(request: Request, text: str) -> Visitor:
    desk: TokenDesk = request.app.state.token_desk
    try:
        slip = await desk.accept(text)
    except BadToken as fault:
        raise NotSignedIn(str(fault)) from None
    employer = _employer_of_token(request, slip)
    if not holds(employer, slip.role):
        raise NotSignedIn("the token's role is not held at its organisation")
    return Visitor(
        slip.who, slip.role, "token", sign_in=f"token:{slip.who}", organisation=slip.organisation,
        facility=slip.facility, scopes=slip.scopes, employer=employer,
    )  # fmt: skip


def _employer_of_token(request: Request, slip: Slip) -> str:
    if slip.facility and not slip.organisation:
        return organisation_at(slip.facility)
    return employer_of(request, slip.organisation)
