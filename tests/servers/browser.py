"""Debian's Chromium for playwright, which would otherwise fetch a browser of its own."""

import shutil
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# Without these a browser in a closed network keeps looking for its maker's hosts.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def program() -> str | None:
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


def missing() -> str:
    """Return what keeps the browser from starting, or nothing."""
    return "" if program() else "chromium: run tests/servers/install.sh"


def launch(playwright: Any, **options: Any) -> Any:
    """Start the browser: a Browser with playwright's sync API, something to await with its async API."""
    return playwright.chromium.launch(executable_path=program(), args=ARGUMENTS, **options)
