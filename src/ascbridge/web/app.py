"""Joins the pages and interfaces into one application, and refuses to start with a route that has no rule."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from ascbridge import __version__
from ascbridge.access import Access
from ascbridge.web import api_docs, auth, health, live, problems, purpose, static_files
from ascbridge.web.cutover import api_compared, api_cutover, api_paired, cutover_pages, paired_pages
from ascbridge.web.cutover.cutover_shown import Looks
from ascbridge.web.discharge import (
    api,
    api_entries,
    api_late_news,
    api_pack,
    api_sub_tasks,
    api_urgent,
    board_pages,
    enter_pages,
    handover_pages,
    joining_pages,
    late_news_taken,
    list_search,
    list_taken,
    night_pages,
    pack_pages,
    phone_pages,
    sub_task_pages,
    task_pages,
    together_pages,
    worklist_pages,
)
from ascbridge.web.fhir_api import fhir_router
from ascbridge.web.frontdoor import api_front_door, api_waits, front_door_pages, waits_pages
from ascbridge.web.layout import Pages
from ascbridge.web.live import Live
from ascbridge.web.operations import (
    alert_pages,
    api_alerts,
    api_flows,
    api_mending,
    api_operations,
    api_replays,
    api_republishing,
    api_shadows,
    audit_pages,
    find_pages,
    flow_pages,
    ledger_pages,
    map_pages,
    mend_pages,
    mending_pages,
    no_task_pages,
    operations_pages,
    profile_pages,
    replay_pages,
    reply_pages,
    retention_pages,
    shadow_pages,
    shared_record_pages,
    trail_pages,
    unmapped_pages,
)
from ascbridge.web.people import api_settle, hold_pages, my_people_pages, settle_pages
from ascbridge.web.record import (
    api_openings,
    api_record_links,
    elsewhere_pages,
    in_context_pages,
    opening_pages,
    origin_pages,
    record_pages,
    seen_by_pages,
    subject_pages,
)
from ascbridge.web.reference import api_reference, reference_pages
from ascbridge.web.reports import report_pages
from ascbridge.web.safeguarding import (
    api_safeguarding,
    raise_pages,
    safeguarding_learning,
    safeguarding_pages,
    walled_live,
)
from ascbridge.web.secure_headers import SecureHeaders
from ascbridge.web.token_desk import TokenDesk
from ascbridge.web.visitors import SESSION_S, AnyRole, Needs, rules

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ascbridge.web.parts import WebParts

_ROUTERS = (
    health.router,
    static_files.router,
    auth.router,
    live.router,
    worklist_pages.router,
    together_pages.router,
    pack_pages.router,
    sub_task_pages.router,  # before the task pages, whose acts take any word behind a task
    enter_pages.router,
    joining_pages.router,
    handover_pages.router,
    board_pages.router,
    list_taken.router,
    list_search.router,
    task_pages.router,
    waits_pages.router,
    report_pages.router,
    front_door_pages.router,
    late_news_taken.router,
    phone_pages.router,
    night_pages.router,
    opening_pages.router,
    in_context_pages.router,
    record_pages.router,
    origin_pages.router,
    elsewhere_pages.router,
    seen_by_pages.router,
    subject_pages.router,
    my_people_pages.router,
    purpose.router,
    replay_pages.router,
    operations_pages.router,
    find_pages.router,
    find_pages.api_router,
    no_task_pages.router,
    no_task_pages.api_router,
    trail_pages.router,
    trail_pages.api_router,
    flow_pages.router,
    alert_pages.router,
    ledger_pages.router,
    ledger_pages.api,
    mending_pages.router,
    mend_pages.router,
    unmapped_pages.router,
    retention_pages.router,
    map_pages.router,
    profile_pages.router,
    reply_pages.router,
    shadow_pages.router,
    shared_record_pages.router,
    cutover_pages.router,
    paired_pages.router,
    audit_pages.router,
    hold_pages.router,
    settle_pages.router,
    safeguarding_learning.router,  # before what takes any word for a concern's id
    safeguarding_pages.router,
    walled_live.router,
    raise_pages.router,
    reference_pages.router,
    api_docs.router,
    api_front_door.router,
    api_waits.router,
    api_openings.router,
    api_record_links.router,
    api_replays.router,
    api_mending.router,
    api_operations.router,
    api_flows.router,
    unmapped_pages.api,
    retention_pages.api,
    api_alerts.router,
    map_pages.api,
    profile_pages.api,
    api_republishing.router,
    api_shadows.router,
    api_cutover.router,
    api_compared.router,
    api_paired.router,
    api_reference.router,
    hold_pages.api_router,
    api_settle.router,
    api_pack.router,
    api_sub_tasks.router,
    api_entries.router,
    api_late_news.router,
    late_news_taken.api,
    api_urgent.router,  # before the tasks, whose acts take any word behind a task
    api_safeguarding.router,
    api.router,
)


class RouteWithoutRule(RuntimeError):
    """A route that says nothing about who may use it; nothing is served until it does."""


def create_app(parts: WebParts) -> FastAPI:
    """Build the application. Raises `RouteWithoutRule` rather than serve anything by accident."""
    app = FastAPI(
        title="ascbridge",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        middleware=_middleware(parts),
    )
    app.state.parts = parts
    app.state.pages = Pages(parts)
    app.state.static_files = static_files.read_all()
    app.state.walled_live = walled_live.link_of(parts)
    app.state.live = Live(
        parts.database,
        parts.clock,
        partial(live.marks_now, partitions=parts.settings.kafka.partitions),
        beside=app.state.walled_live,
    )
    app.state.looks = Looks(parts)
    app.state.token_desk = TokenDesk(parts)
    app.state.provider = auth.provider(parts)
    app.state.one_time_code = auth.OneTimeCode("" if app.state.provider else parts.one_time_code)
    for router in _ROUTERS:
        # As they are: `include_router` would work out every route anew, a quarter of a second's work for each start.
        app.router.routes.extend(router.routes)
    app.include_router(
        fhir_router(
            database=parts.database,
            keyring=parts.keyring,
            clock=parts.clock,
            principal=Needs("fhir", "own-tasks", least=Access.full),
            everyone=AnyRole(),
            writer=parts.writer,
        )
    )
    problems.install(app)
    for path, methods, found in rules(app):
        if len(found) != 1:
            raise RouteWithoutRule(f"{' '.join(sorted(methods))} {path} has {len(found)} rules, wants one")
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    await app.state.token_desk.take_up()
    yield
    app.state.live.stop()
    await app.state.looks.stop()


def _middleware(parts: WebParts) -> list[Middleware]:
    tls = parts.settings.http.tls is not None
    secret = parts.keyring.lookup("secret", "session", "1") + parts.keyring.lookup("secret", "session", "2")
    found = [
        Middleware(SecureHeaders, tls=tls, framed_by=parts.settings.in_context.frame_origins),
        Middleware(
            SessionMiddleware,
            secret_key=secret,
            session_cookie="__Host-ascbridge" if tls else "ascbridge",
            max_age=2 * SESSION_S,  # so that somebody whose sign-in ended is told so
            same_site="lax",
            https_only=tls,
        ),
    ]
    if parts.settings.http.address.loopback and not parts.settings.sign_in.issuer:
        # Another site's name that points at this machine must not be able to ask it anything.
        found.insert(0, Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]))
    return found
