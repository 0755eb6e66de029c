"""The headers every answer carries: nothing from elsewhere may run, frame or cache a page.

Records, and what is asked before one opens, may be framed by the origins that the settings name; nothing else ever is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
FRAMED = ("/in-context", "/people", "/reason", "/sign-in")
"""The beginnings of the paths of pages that may be shown in a frame."""


def may_be_framed(path: str) -> bool:
    """Whether a page may be shown in a frame at all."""
    return any(path == one or path.startswith(f"{one}/") for one in FRAMED)


class SecureHeaders:
    """ASGI middleware. Only the static files, the same for everybody, may be kept by a browser."""

    def __init__(self, app: ASGIApp, *, tls: bool, framed_by: Sequence[str] = ()) -> None:
        self._app = app
        self._tls = tls
        framers = " ".join(framed_by) or "'none'"
        self._framed = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {framers}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                policy = self._framed if may_be_framed(scope["path"]) else CONTENT_SECURITY_POLICY
                headers["Content-Security-Policy"] = policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
                if self._tls:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                static = scope["path"].startswith("/static/")
                headers["Cache-Control"] = "public, max-age=3600" if static else "no-store"
            await send(message)

        await self._app(scope, receive, with_headers)
