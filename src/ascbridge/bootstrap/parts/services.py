"""Every service by its name. Each is imported when it is run, so that listening starts at once."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine

    from ascbridge.config import Settings

    Service = Callable[[Settings, asyncio.Event], Coroutine[None, None, None]]

SERVICES = {
    "listen": "listening",
    "work": "working",
    "intake": "working",
    "discharge": "working",
    "record": "working",
    "web": "working",
}
"""Every deployable by its name, and the module that builds it."""

ONE_MACHINE = ("listen", "work")


def service(name: str) -> Service:
    """The function that runs a service until told to stop. Raises `KeyError` for a name that is not in `SERVICES`."""
    module = importlib.import_module(f"ascbridge.bootstrap.{SERVICES[name]}")
    return cast("Service", getattr(module, name))
