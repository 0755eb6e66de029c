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

from ascbridge.storage.tables import feed_heard
from ascbridge.telemetry import registry
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import Everyone, Loopback

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live(_: Annotated[None, Depends(Everyone())]) -> dict[str, str]:
    """Whether this process answers at all."""
    return {"status": "live"}


@router.get("/health/ready")
async def ready(request: Request, _: Annotated[None, Depends(Everyone())]) -> JSONResponse:
    """Whether every part works: 200, or 503 naming the parts that do not and what is wrong with each."""
    parts: WebParts = request.app.state.parts
    wrong = {name: said for name, check in parts.checks.items() if (said := check())}
    try:
        await parts.database.read(
            lambda connection: connection.execute(select(feed_heard.c.feed).limit(1)).first()
        )
    except (SQLAlchemyError, OSError) as fault:
        wrong["database"] = f"cannot be read: {type(fault).__name__}"
    body: dict[str, Any] = {"status": "not ready" if wrong else "ready", "wrong": wrong}
    return JSONResponse(body, 503 if wrong else 200)


@router.get("/metrics")
async def metrics(_: Annotated[None, Depends(Loopback())]) -> Response:
    """Prometheus metrics, on loopback only."""
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
