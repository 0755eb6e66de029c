"""One FHIR message a person (``$process-message``): for whoever takes what they are told and lets nobody write.

A receiver cannot be looked at. So what nobody knows the outcome of is told again under the same message id, which the
receiver knows if it took it (409, or the same answer again); and once more later under a new one, since the first may
still come in after what was told since. Of two messages about one person the one with the later timestamp holds.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ascbridge.record.fhir_server import Accepted
from ascbridge.record.mapping.message import message, message_id
from ascbridge.uk_core import fhir_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.record.fhir_server import FhirServer, Refused, Reply, Unavailable
    from ascbridge.record.mapping.message import Letterhead
    from ascbridge.record.preparing import Send, Unit

LATE_S = 120
"""How late a receiver may still come to what it was sent and never answered."""


class ByMessage:
    """A receiver of messages.

    What is noted as a resource's version is the timestamp of the message that told of it last (UTC epoch microseconds):
    the next one is later, whatever the clock says by then.
    """

    whole = True

    def __init__(self, server: FhirServer, head: Letterhead) -> None:
        self._server = server
        self._head = head
        self._in_doubt: dict[str, float] = {}

    async def put(self, units: Sequence[Unit]) -> Reply:
        """Tell of the one person that there is here, whole."""
        (unit,) = units
        if unit.taken is None:
            raise ValueError("what many people share is told with each of them")
        told_us = max([unit.taken.mark, *(int(send.version) + 1 for send in unit.sends if send.version)])
        its_id = message_id(unit.taken.person_id, told_us, [send.digest for send in unit.sends])
        about = f"Patient/{fhir_id(unit.taken.person_id)}"
        bodies = [*unit.beside, *(send.body for send in unit.sends)]
        if unit.provenance:
            bodies.append(unit.provenance)
        reply = await self._server.process(message(self._head, its_id, told_us, about, bodies))
        return Accepted((str(told_us),) * len(unit.sends)) if isinstance(reply, Accepted) else reply

    async def look(self, send: Send) -> Send | Refused | Unavailable:
        """Nobody can look: it is sent again, and once more when the first can no longer be under way."""
        now = time.monotonic()
        until = self._in_doubt.setdefault(send.name, now + LATE_S)
        late = now < until
        if not late:
            del self._in_doubt[send.name]
        return replace(send, unsure=False, late=late)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._server.close()
