"""The shared record as the settings have it: our own store, or a FHIR server in one of three ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.record.by_id import ById
from ascbridge.record.by_identifier import ByIdentifier
from ascbridge.record.by_message import ByMessage
from ascbridge.record.fhir_server import FhirServer
from ascbridge.record.mapping.message import Letterhead
from ascbridge.record.preparing import Preparation
from ascbridge.record.sinks import BuiltinSink

if TYPE_CHECKING:
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.people.data_keys import DataKeys
    from ascbridge.record.sinks import FhirSink
    from ascbridge.record.views import Council
    from ascbridge.sink_sections import SinkSettings

OUR_IDS = "record"
"""The kind of number of ours under which a server with ids of its own knows our resources."""


def sink_of(settings: SinkSettings, council: Council, keyring: Keyring) -> BuiltinSink | FhirSink:
    """Return what is published to. It connects when it is first used."""
    if settings.kind == "builtin":
        return BuiltinSink(keyring)
    server = FhirServer(settings.url, token_file=settings.token_file, timeout_s=settings.timeout_seconds)
    if settings.strategy == "by-identifier":
        return ByIdentifier(server, council.system(OUR_IDS))
    if settings.strategy == "message":
        head = Letterhead(council, settings.message_source, settings.url, settings.message_event)
        return ByMessage(server, head)
    return ById(server)


def preparation_for(
    sink: BuiltinSink | FhirSink, settings: SinkSettings, council: Council, data_keys: DataKeys
) -> Preparation:
    """Return how people are made ready for this sink. Our own store makes Provenance when it is read."""
    ours = isinstance(sink, BuiltinSink)
    return Preparation(
        settings.name,
        council,
        data_keys,
        whole=not isinstance(sink, BuiltinSink) and sink.whole,
        provenance=settings.provenance and not ours,
    )
