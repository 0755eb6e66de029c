"""Serves pages and interfaces in the loop of the service that asks for it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import uvicorn

from ascbridge import telemetry
from ascbridge.bootstrap.parts import replying, settled
from ascbridge.bootstrap.parts.ground import READERS
from ascbridge.bootstrap.parts.walled import Wall
from ascbridge.web.app import create_app
from ascbridge.web.discharge.downtime_lists import DowntimeLists
from ascbridge.web.parts import WebParts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from socket import socket

    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.operations.flowing.neighbour import Neighbour
    from ascbridge.operations.mending.completing import Completing
    from ascbridge.web.parts import Enter

_log = telemetry.log("pages")
DRAIN_S = 3
REST_S = 75
"""How long a connection may rest between two questions. Proxies and clients let go of theirs after 5 to 60 seconds; who
closes first must be they, or a question meets a connection that has just been closed.
"""


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handlers, and without its own exit: the supervisor says when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start listening. Raises `CannotStart`, where uvicorn would end the process past everybody's clearing up."""
        try:
            await super().startup(sockets)
        except SystemExit:
            here = f"{self.config.host}:{self.config.port}"
            raise settled.CannotStart(f"pages cannot be served at {here}") from None


async def serve_pages(
    ground: Ground,
    stop: asyncio.Event,
    completing: Completing,
    enter: Enter,
    beside: Neighbour | None = None,
    wall: Wall | None = None,
    apart: Mapping[str, Callable[[], str]] | None = None,
) -> None:
    """Serve until told to stop; what is wrong by `apart` is told, and makes nothing unready.

    Prints the one-time sign-in link where nobody signs in with OpenID Connect.
    """
    address, tls = ground.settings.http.address, ground.settings.http.tls
    code = "" if ground.settings.sign_in.issuer else secrets.token_urlsafe(24)
    desk = ground.settings.discharge
    lists = DowntimeLists(desk.downtime_folder, desk.downtime_minutes * 60)
    parts = replace(_parts(ground, code, completing, beside, lists), enter=enter)
    parts = _behind(wall or Wall(), replace(parts, apart={**parts.apart, **(apart or {})}))
    app = create_app(parts)
    server = _Server(
        uvicorn.Config(
            app,
            host=address.host,
            port=address.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=DRAIN_S,
            timeout_keep_alive=REST_S,
            ssl_certfile=tls.certificate if tls else None,
            ssl_keyfile=tls.private_key if tls else None,
        )
    )
    serving = asyncio.create_task(server.serve())
    writing = asyncio.create_task(lists.run(parts, stop))
    while not server.started and not serving.done():  # noqa: ASYNC110  # uvicorn tells it only so
        await asyncio.sleep(0.02)
    if server.started:
        _tell(address.host, server.servers[0].sockets[0].getsockname()[1], code, secure=tls is not None)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, writing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    app.state.live.stop()  # open live links would hold the stop until the drain is over
    server.should_exit = True
    stopping.cancel()
    writing.cancel()
    await serving
    if writing.done() and not writing.cancelled():
        writing.result()
    if not stop.is_set():
        raise settled.CannotStart(f"pages cannot be served at {address.host}:{address.port}")


def _behind(wall: Wall, parts: WebParts) -> WebParts:
    checks = {**parts.checks, "safeguarding": lambda: wall.trouble}
    return replace(parts, vault=wall.vault, behind_wall=wall.slot, checks=checks)


def _tell(host: str, port: int, code: str, *, secure: bool) -> None:
    _log.info("pages are served", address=host, port=port)
    if code:
        scheme = "https" if secure else "http"
        print(f"Open {scheme}://{host}:{port}/sign-in?code={code}", flush=True)  # noqa: T201  # for whoever started it


def _parts(
    ground: Ground, code: str, completing: Completing, beside: Neighbour | None, lists: DowntimeLists
) -> WebParts:
    return WebParts(
        settings=ground.settings,
        clock=ground.clock,
        database=ground.database,
        keyring=ground.keyring,
        desk=ground.desk,
        door=ground.door,
        log=ground.log,
        completing=completing,
        mender=ground.mender(completing.translator),
        profiles=ground.profiles,
        readers=READERS | replying.readers(ground.settings),
        apart={"publisher": ground.sink_away},
        paces=ground.paces,
        checks=ground.checks() | {"downtime lists": lambda: lists.trouble},
        one_time_code=code,
        writer=ground.member,
        wake=ground.woken,
        beside=beside,
        pair=settled.pair_of(ground.settings),
        rules=ground.rules,
    )
