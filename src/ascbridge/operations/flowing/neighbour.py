"""Asks the other process of this machine how it is and what it counts, over the Unix socket in the data directory.

On one machine `listen` has no page of its own: `work` asks it, so that one address speaks for both.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson
from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

PATIENCE_S = 2.0
"""A loop that does not answer for so long does not answer hospitals either."""
_OK, _NOT_READY = 200, 503


class Neighbour:
    """A process of ours that answers on a Unix socket. Nothing here raises: whatever fails is its trouble."""

    def __init__(self, name: str, path: Path, patience_s: float = PATIENCE_S) -> None:
        self.name = name
        self._path = path
        self._patience_s = patience_s

    async def trouble(self) -> str:
        """What is wrong with it, in words for an IT desk; nothing while it is well."""
        return (await self.how())[1]

    async def how(self) -> tuple[bool, str]:
        """Whether it is ready, and what is wrong with it: what is ready may be degraded, and says by what."""
        status, body = await self._ask("/health/ready")
        try:
            wrong: dict[str, str] = orjson.loads(body)["wrong"] if status in {_OK, _NOT_READY} else {}
        except (ValueError, KeyError):
            status, wrong = 0, {}
        said = "; ".join(f"{part}: {words}" for part, words in wrong.items())
        return status == _OK, said or ("" if status == _OK else "does not answer")

    async def counts(self) -> str | None:
        """Its metrics as Prometheus reads them; None where it does not answer."""
        status, body = await self._ask("/metrics")
        return body.decode() if status == _OK else None

    async def _ask(self, path: str) -> tuple[int, bytes]:
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._call(path)
        except (OSError, TimeoutError, ValueError, IndexError):
            return 0, b""

    async def _call(self, path: str) -> tuple[int, bytes]:
        reader, writer = await asyncio.open_unix_connection(self._path)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.name}\r\nConnection: close\r\n\r\n".encode())
            head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
        finally:
            writer.close()
        return int(head.split()[1]), body


def together(texts: Mapping[str, str]) -> bytes:
    """Metrics of several processes, given as texts by name, as one text; label `service` says whose a sample is."""
    families = {name: list(text_string_to_metric_families(text)) for name, text in texts.items()}
    return generate_latest(_AsOne(families))


class _AsOne(CollectorRegistry):
    """A registry of what was collected already: a name stands once, with the samples of every process."""

    def __init__(self, families: Mapping[str, Iterable[Metric]]) -> None:
        super().__init__()
        self._families = families

    def collect(self) -> Iterable[Metric]:
        found: dict[str, Metric] = {}
        for service, metrics in self._families.items():
            for one in metrics:
                whole = found.setdefault(one.name, Metric(one.name, one.documentation, one.type, one.unit))
                whole.samples += [
                    sample._replace(labels={**sample.labels, "service": service}) for sample in one.samples
                ]
        return found.values()
