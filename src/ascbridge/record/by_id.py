"""Update as create: each resource is put under our own id (hl7.org/fhir/R4/http.html#upsert).

What the server was last seen to hold guards each change (``If-Match``), so nothing older ever goes over something
newer, but for what stands nowhere yet: that is looked at once more (`publisher`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ascbridge.record.fhir_server import Accepted, Seen, Unavailable
from ascbridge.record.mapping.bundle import transaction
from ascbridge.record.preparing import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.record.fhir_server import FhirServer, Refused, Reply
    from ascbridge.record.preparing import Send, Unit


class ById:
    """A server that takes our ids."""

    whole = False

    def __init__(self, server: FhirServer) -> None:
        self._server = server

    async def put(self, units: Sequence[Unit]) -> Reply:
        """Put everything in one transaction."""
        sends = [send for unit in units for send in unit.sends]
        along = [(unit.provenance, "") for unit in units if unit.provenance]
        reply = await self._server.transact(transaction([*((s.body, s.version) for s in sends), *along]))
        return first_of(reply, len(sends), len(along))

    async def look(self, send: Send) -> Send | Refused | Unavailable:
        """Read it under its name; what the server holds already is not sent again."""
        seen = await self._server.see(send.name)
        if isinstance(seen, Unavailable):
            return seen
        return replace(
            send, version=seen.version, unsure=False, held=same_meaning(seen, send), late=not seen.body
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._server.close()


def first_of(reply: Reply, sends: int, along: int) -> Reply:
    """Return a reply without the versions of what went along."""
    if isinstance(reply, Accepted) and len(reply.versions) == sends + along:
        return Accepted(reply.versions[:sends], reply.ids[:sends])
    return reply


def same_meaning(seen: Seen, send: Send) -> bool:
    """Whether the server already holds what we would send, whatever it added to it by itself."""
    if not seen.body:
        return False
    own = {
        name: seen.body["meta"][name] for name in ("profile", "security") if name in seen.body.get("meta", {})
    }
    theirs = {name: value for name, value in seen.body.items() if name not in ("meta", "text")}
    return digest({**theirs, "meta": own}) == send.digest
