"""What the publisher publishes to: this machine's own store, or a FHIR server in one of three ways.

The ways stand each in a module of its own: `by_id` (update as create, under our ids), `by_identifier` (conditional
update, under the server's ids) and `by_message` (one message a person, for whoever lets nobody write).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ascbridge.record.resource_store import Change, put

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.record.fhir_server import Refused, Reply, Unavailable
    from ascbridge.record.preparing import Send, Unit


class FhirSink(Protocol):
    """One way of giving a FHIR server what it is to hold."""

    @property
    def whole(self) -> bool:
        """Whether a person goes whole and alone each time, and not what differs of many."""

    async def put(self, units: Sequence[Unit]) -> Reply:
        """Give the server the sends of these units, all or none. Versions come in the order of the sends."""

    async def look(self, send: Send) -> Send | Refused | Unavailable:
        """Find out what became of a send whose outcome nobody knows; return what is left to send of it."""

    async def close(self) -> None:
        """Let go of the connections."""


class BuiltinSink:
    """The record store in the bridge's own database: it takes resources in the transaction that notes them
    as sent.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def put(
        self, connection: Connection, changes: Sequence[Change], now_ms: int, first: int = 0
    ) -> dict[str, str]:
        """Put resources and return their versions by name; `first` is the turn that was taken for them, if any."""
        return put(connection, self._keyring, changes, now_ms, first)
