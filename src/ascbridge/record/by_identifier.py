"""Conditional update: the server gives ids of its own and knows each resource by an identifier of ours
(hl7.org/fhir/R4/http.html#cond-update).

The condition makes or finds a resource once. From then on it is put under the server's own id, guarded by the version
last seen (``If-Match``): no server guards a conditional update, so an older state could go over a newer one. The
identifier is our id and no number of anybody's, since it stands in addresses, which get into logs.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ascbridge.record.by_id import first_of
from ascbridge.record.fhir_server import Accepted, Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ascbridge.record.fhir_server import FhirServer, Reply
    from ascbridge.record.preparing import Send, Unit
    from ascbridge.uk_core import Json

ONE_IDENTIFIER = ("QuestionnaireResponse",)
"""Types that have room for one identifier: ours takes it."""
_NAMES = uuid.UUID("6f0d2c1e-0f6b-5c57-9f0a-6d2a8c3c4a11")
"""In what our names become the ids by which the resources of one Bundle refer to one another."""


class ByIdentifier:
    """A server that gives its own ids. `system` is the identifier system of our ids.

    What is noted as a resource's version is the server's id of it and the version: ``123/4``.
    """

    whole = False

    def __init__(self, server: FhirServer, system: str) -> None:
        self._server = server
        self._system = system

    async def put(self, units: Sequence[Unit]) -> Reply:
        """Put everything in one transaction: under the server's id where it is known, else on condition."""
        sends = [send for unit in units for send in unit.sends]
        here = {send.name: _place(send) for send in sends}
        entries = [self._entry(send, here) for send in sends]
        along = [self._added(unit.provenance, here) for unit in units if unit.provenance]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [*entries, *along]}
        reply = first_of(await self._server.transact(bundle), len(sends), len(along))
        return _as_noted(reply, sends) if isinstance(reply, Accepted) else reply

    async def look(self, send: Send) -> Send | Refused | Unavailable:
        """Find it by its identifier. What it says is sent in any case: its references are the server's own."""
        resource_type, _, our_id = send.name.partition("/")
        found = await self._server.find(resource_type, self._system, our_id)
        if isinstance(found, Unavailable):
            return found
        if len(found) > 1:
            return Refused(412, f"the server holds several {resource_type} under one identifier of ours")
        version = f"{found[0].body['id']}/{found[0].version}" if found else ""
        return replace(send, version=version, unsure=False, late=not found)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._server.close()

    def _entry(self, send: Send, here: dict[str, str]) -> Json:
        resource_type, _, our_id = send.name.partition("/")
        their_id, _, version = send.version.partition("/")
        body = {name: value for name, value in send.body.items() if name != "id"}
        ours = {"system": self._system, "value": our_id}
        if resource_type in ONE_IDENTIFIER:
            body["identifier"] = ours
        else:
            body["identifier"] = [*body.get("identifier", ()), ours]
        body = _rewritten(body, lambda name: here.get(name) or self._condition(name))
        if not their_id:
            return {
                "fullUrl": here[send.name],
                "resource": body,
                "request": {"method": "PUT", "url": self._condition(send.name)},
            }
        request = {"method": "PUT", "url": here[send.name]}
        if version:
            request["ifMatch"] = f'W/"{version}"'
        return {"resource": {**body, "id": their_id}, "request": request}

    def _added(self, provenance: Json, here: dict[str, str]) -> Json:
        """A Provenance has no identifier: it is made anew, in the transaction of what it tells of."""
        body = {name: value for name, value in provenance.items() if name != "id"}
        body = _rewritten(body, lambda name: here.get(name) or self._condition(name))
        return {"resource": body, "request": {"method": "POST", "url": "Provenance"}}

    def _condition(self, name: str) -> str:
        resource_type, _, our_id = name.partition("/")
        return f"{resource_type}?identifier={quote(self._system, safe='')}%7C{quote(our_id, safe='')}"


def _as_noted(reply: Accepted, sends: Sequence[Send]) -> Accepted:
    """Return versions as they are noted: each behind the server's id, which an answer to an update need not tell."""
    if not len(reply.versions) == len(reply.ids) == len(sends):
        return reply  # an answer for another number of resources: the publisher notices
    told = zip(sends, reply.ids, reply.versions, strict=True)
    places = [(their_id or send.version.partition("/")[0], version) for send, their_id, version in told]
    return Accepted(tuple(f"{their_id}/{version}" if their_id else "" for their_id, version in places))


def _place(send: Send) -> str:
    """Return how other resources of the same Bundle refer to this one."""
    their_id = send.version.partition("/")[0]
    if their_id:
        return f"{send.name.partition('/')[0]}/{their_id}"
    return f"urn:uuid:{uuid.uuid5(_NAMES, send.name)}"


def _rewritten(part: Any, refer: Callable[[str], str]) -> Any:
    """Return part of a resource with every reference to one of ours as the server can follow it."""
    if isinstance(part, dict):
        return {
            name: refer(value) if name == "reference" and isinstance(value, str) else _rewritten(value, refer)
            for name, value in part.items()
        }
    return [_rewritten(each, refer) for each in part] if isinstance(part, list) else part
