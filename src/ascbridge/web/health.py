"""Whether the system lives and is ready, and its metrics: no personal data, and no sign-in where that would
hide a fault.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ascbridge import telemetry
from ascbridge.alerts import alert_store
from ascbridge.alerts.causes import CAUSES
from ascbridge.operations.flowing import flows
from ascbridge.operations.flowing.neighbour import together
from ascbridge.storage.tables import feed_heard
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import Everyone, Loopback

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live(_: Annotated[None, Depends(Everyone())]) -> dict[str, str]:
    """Whether this process answers at all."""
    return {"status": "live"}


@router.get("/health/ready")
async def ready(request: Request, _: Annotated[None, Depends(Everyone())]) -> JSONResponse:
    """Whether every part of this machine works: 200, or 503 naming the parts that do not and what is wrong with each.

    `degraded` is 200 too: every part works, and something is wrong all the same, such as a sink that takes nothing.
    That stands under `degraded`, and so does what is on the alerts page, by its cause and in fixed words.

    On many machines `readers` is what the database tells of readers in other processes. They do not make these
    pages unready, which show what is known; each reader's own process says how it is.
    """
    parts: WebParts = request.app.state.parts
    apart = {name: said for name, check in parts.apart.items() if (said := check())}
    wrong = {
        name: said for name, check in parts.checks.items() if (said := check()) and said != apart.get(name)
    }
    if parts.beside is not None:
        well, said = await parts.beside.how()
        if said:
            (apart if well else wrong)[parts.beside.name] = said
    body: dict[str, Any] = {"wrong": wrong}
    try:
        if parts.settings.on_postgres:
            body["readers"] = await _readers(parts)
        else:
            await parts.database.read(lambda c: c.execute(select(feed_heard.c.feed).limit(1)).first())
    except (SQLAlchemyError, OSError) as fault:
        wrong["database"] = f"cannot be read: {type(fault).__name__}"
    degraded = {name: said for name, said in apart.items() if name not in wrong}
    degraded |= {} if "database" in wrong else await _degraded(parts)
    if degraded:
        body["degraded"] = degraded
    status = "not ready" if wrong else "degraded" if degraded else "ready"
    return JSONResponse({"status": status, **body}, 503 if wrong else 200)


async def _degraded(parts: WebParts) -> dict[str, str]:
    """What stands on the alerts page: each cause once, in fixed words, for who asks here has not signed in."""
    try:
        standing = await parts.database.read(alert_store.standing)
    except (SQLAlchemyError, OSError):
        return {}
    return {one.cause: CAUSES[one.cause].title for one in standing}


async def _readers(parts: WebParts) -> dict[str, dict[str, int | None]]:
    now_ms = parts.clock.now_ms()
    found = await parts.database.read(flows.backlogs)
    return {name: _reader(one, now_ms) for name, one in sorted(found.items())}


def _reader(one: flows.Backlog, now_ms: int) -> dict[str, int | None]:
    return {
        "waiting": one.waiting,
        "waiting_s": None if one.oldest_ms is None else max(0, now_ms - one.oldest_ms) // 1000,
        "moved_s_ago": None if one.moved_ms is None else max(0, now_ms - one.moved_ms) // 1000,
    }


@router.get("/metrics")
async def metrics(request: Request, _: Annotated[None, Depends(Loopback())]) -> Response:
    """Prometheus metrics, on loopback only. On one machine those of `listen` too: label `service` says whose."""
    beside = request.app.state.parts.beside
    if beside is None:
        return Response(generate_latest(telemetry.registry), media_type=CONTENT_TYPE_LATEST)
    theirs = await beside.counts()
    telemetry.answers.labels(beside.name).set(theirs is not None)
    texts = {"work": generate_latest(telemetry.registry).decode()}
    if theirs is not None:
        texts[beside.name] = theirs
    return Response(together(texts), media_type=CONTENT_TYPE_LATEST)
