"""Says whether one service is well, as its container sees it: exit code 0, or 1 and what is wrong.

    python services/healthcheck.py intake|discharge|record|web [SETTINGS]

Every one of them answers for itself at `/health/ready`: web with its pages, the others on `health.address`.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError

from ascbridge import config
from ascbridge.config_sections import HEALTH_PORTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.config_sections import HostPort

SERVICES = (*HEALTH_PORTS, "web")
PATIENCE_S = 5


def wrong_with(address: HostPort, scheme: str = "http") -> str:
    """Return what a service says is wrong with it, or nothing."""
    url = f"{scheme}://{address.host}:{address.port}/health/ready"
    try:
        urllib.request.urlopen(url, timeout=PATIENCE_S).close()  # noqa: S310  # http or https, from settings
    except HTTPError as fault:
        return f"not ready: {fault.code} {_said(fault)}".rstrip()
    except (OSError, URLError) as fault:
        return f"not ready: {fault}"
    return ""


def _said(fault: HTTPError) -> str:
    try:
        wrong = json.loads(fault.read())["wrong"]
    except (ValueError, KeyError, TypeError):
        return ""
    return "; ".join(f"{part}: {said}" for part, said in wrong.items())


def main(arguments: Sequence[str]) -> int:
    """Look at the service that is named; returns the exit code."""
    name = arguments[0] if arguments else ""
    if name not in SERVICES:
        sys.stderr.write(f"name one of {', '.join(SERVICES)}\n")
        return 2
    services = Path(__file__).resolve().parent
    settings = config.load(Path(arguments[1]) if len(arguments) > 1 else services / name / "service.toml")
    address = settings.health_address(name)
    assert address is not None  # each of them has one
    found = wrong_with(address, "https" if name == "web" and settings.http.tls else "http")
    if found:
        sys.stderr.write(f"{found}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
