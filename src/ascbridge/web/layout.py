"""How a page is put together: templates, what every page shows (feeds, banners, menu), and fragments for
live pages.

A live page fetches itself again when something changed and swaps in the parts marked as fragments. It says
which state it shows (its *mark*); where that is still the state, the answer is 204: nothing is shown, and
so nothing is audited.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader
from starlette.responses import HTMLResponse, Response

from ascbridge.access import TITLES
from ascbridge.operations.flowing import flows, pausing
from ascbridge.web import wording
from ascbridge.web.secure_headers import FRAMED

if TYPE_CHECKING:
    from fastapi import Request
    from sqlalchemy import Connection

    from ascbridge.access import Section
    from ascbridge.operations.flowing.pausing import Stopped
    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor

_MENU: tuple[tuple[Section, str, str], ...] = (
    ("worklist", "/worklist", "Worklist"),
    ("night", "/night", "Urgent"),
    ("worklist", "/sub-tasks", "Split-off work"),
    ("front-door", "/front-door", "Front door"),
    ("concerns", "/safeguarding", "Safeguarding"),
    ("raise-concern", "/raise-concern", "Raise a concern"),
    ("worklist", "/reports", "Reports"),
    ("contact", "/my-people", "My people"),
    ("person", "/people", "Find a person"),
    ("openings", "/opened-without-relationship", "Opened without relationship"),
    ("settle", "/settle", "People to settle"),
    ("operations", "/operations", "Operations"),
    ("audit", "/audit", "Audit"),
)


@dataclass(frozen=True, slots=True)
class Around:
    """What every page shows around its own: the time, when each feed last spoke, and what somebody stopped."""

    now_ms: int
    feeds: tuple[flows.Heard, ...]
    stopped: tuple[Stopped, ...] = ()

    @property
    def late(self) -> tuple[flows.Heard, ...]:
        """The feeds that have been quiet for too long, but for those of which we take nothing."""
        drained = {one.pause.name for one in self.stopped if one.pause.mode == "drain"}
        return tuple(one for one in self.feeds if one.late and one.feed.name not in drained)

    @property
    def mark(self) -> str:
        """Changes with every minute and with what is said about the feeds."""
        said = [(one.feed.name, one.late, (one.last_ms or 0) // 60_000) for one in self.feeds]
        return f"{self.now_ms // 60_000} {said} {[one.mark for one in self.stopped]}"


@cache
def _templates() -> Environment:
    """Give the templates, compiled once for as long as this process lives."""
    found = Environment(
        loader=ChoiceLoader([PackageLoader("ascbridge.web"), PackageLoader("nhsuk_frontend_jinja")]),
        autoescape=True,
        undefined=ChainableUndefined,  # the NHS macros are written for it
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["say"] = wording
    # Of what stands in every row: a filter is called as it is, where a global's function goes by way of the context.
    found.filters.update(
        {one.__name__: one for one in (wording.due, wording.moment_near, wording.written_date)}
    )
    found.globals["role_titles"] = TITLES
    return found


def render(template: str, **values: Any) -> str:
    """Return a template filled in: for what is no answer to anybody's request."""
    return _templates().get_template(template).render(**values)


class Pages:
    """Renders templates for one app."""

    def __init__(self, parts: WebParts) -> None:
        self._parts = parts

    def around(self, connection: Connection) -> Around:
        """Read what every page shows around its own, and whether a list of reference data was loaded."""
        self._parts.desk.known_lists.read(connection)
        now_ms = self._parts.clock.now_ms()
        heard = flows.heard(connection, self._parts.feeds, now_ms)
        return Around(now_ms, heard, pausing.stopped(connection, self._parts.can_be_paused))

    def show(
        self,
        request: Request,
        template: str,
        *,
        visitor: Visitor | None = None,
        around: Around | None = None,
        mark: str = "",
        status: int = 200,
        **values: Any,
    ) -> Response:
        """Render a page. `mark` is the state it shows (see `mark_of`); empty for a page that is not live."""
        page = render(
            template,
            visitor=visitor,
            around=around,
            invented=self._parts.settings.invented_people,
            council=self._parts.settings.council.name,
            now_ms=around.now_ms if around else self._parts.clock.now_ms(),
            menu=[item for item in _MENU if visitor is not None and visitor.may(item[0])],
            path=request.url.path,
            framed=" ".join(FRAMED) if framed(request) else "",
            mark=mark,
            **values,
        )
        headers = {"X-Shown": wording.clock_time(around.now_ms)} if around else None
        return HTMLResponse(page, status, headers)


def framed(request: Request) -> bool:
    """Whether a browser asks for a page to show it in a frame."""
    return request.headers.get("sec-fetch-dest", "") in ("iframe", "frame")


def mark_of(around: Around, *state: object) -> str:
    """Return a short text that is the same as long as the page would show the same."""
    text = "\x1f".join((around.mark, *map(_said, state)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _said(state: object) -> str:
    """Say a state. A row has a short text of its own for it (`mark`): to write out all that it holds takes longer."""
    if isinstance(state, (list, tuple)):
        return "\x1e".join(map(_said, state))
    if isinstance(state, dict):
        return "\x1e".join(f"{name}={_said(value)}" for name, value in state.items())
    return str(getattr(state, "mark", state))


def unchanged(request: Request, around: Around, mark: str) -> Response | None:
    """Answer a live page that already shows this state; None where it must be rendered."""
    if request.headers.get("x-mark") != mark:
        return None
    return Response(status_code=204, headers={"X-Shown": wording.clock_time(around.now_ms)})


def refreshing(request: Request) -> bool:
    """Whether a live page asks for its own new state, rather than a person for the page."""
    return "x-mark" in request.headers
