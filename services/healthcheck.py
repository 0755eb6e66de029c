"""Says whether one service is well, as its container sees it: exit code 0, or 1 and what is wrong.

    python services/healthcheck.py intake|discharge|record|web

web answers for itself. The others have no page: intake must take connections, and PostgreSQL must name this
process as the owner of a reader's position, which it does from the moment the reader has taken it over.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from ascbridge import config
from ascbridge.storage.tables import position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.config import HostPort, Settings

READERS = {"intake": "translator", "discharge": "discharge", "record": "record"}
PATIENCE_S = 5


def takes_connections(address: HostPort) -> str:
    """Return what is wrong with a listener, or nothing."""
    try:
        socket.create_connection((address.host, address.port), PATIENCE_S).close()
    except OSError as fault:
        return f"{address.host}:{address.port}: {fault}"
    return ""


def is_ready(address: HostPort) -> str:
    """Return what the pages say is wrong, or nothing."""
    try:
        url = f"http://{address.host}:{address.port}/health/ready"
        urllib.request.urlopen(url, timeout=PATIENCE_S).close()
    except (OSError, URLError) as fault:
        return f"not ready: {fault}"
    return ""


async def reads(database_url: str, consumer: str, member: str) -> str:
    """Return what is wrong with a reader, or nothing."""
    engine = create_async_engine(database_url)
    wanted = select(position.c.topic).where(position.c.consumer == consumer, position.c.owner == member)
    try:
        async with engine.connect() as connection:
            found = (await connection.execute(wanted.limit(1))).first()
    except (SQLAlchemyError, OSError) as fault:
        return f"the database cannot be read: {type(fault).__name__}"
    finally:
        await engine.dispose()
    return "" if found else f"{member} owns no position of {consumer}"


def wrong_with(name: str, settings: Settings) -> list[str]:
    """Return everything that is wrong with a service."""
    if name == "web":
        return [said for said in (is_ready(settings.http.address),) if said]
    found = [takes_connections(settings.mllp.address)] if name == "intake" else []
    member = os.environ.get("ASCBRIDGE_MEMBER") or socket.gethostname()
    found.append(asyncio.run(reads(settings.database_url, READERS[name], member)))
    return [said for said in found if said]


def main(arguments: Sequence[str]) -> int:
    """Look at the service that is named; returns the exit code."""
    name = arguments[0] if arguments else ""
    if name not in {*READERS, "web"}:
        sys.stderr.write(f"name one of {', '.join([*READERS, 'web'])}\n")
        return 2
    services = Path(__file__).resolve().parent
    file = Path(arguments[1]) if len(arguments) > 1 else services / name / "service.toml"
    found = wrong_with(name, config.load(file))
    for said in found:
        sys.stderr.write(f"{said}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
