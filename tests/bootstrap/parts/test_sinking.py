"""The shared record as the settings have it."""

import pytest

from ascbridge.bootstrap.parts.sinking import preparation_for, sink_of
from ascbridge.people.data_keys import DataKeys
from ascbridge.record.by_id import ById
from ascbridge.record.by_identifier import ByIdentifier
from ascbridge.record.by_message import ByMessage
from ascbridge.record.sinks import BuiltinSink
from ascbridge.sink_sections import SinkSettings
from tests.record.samples import COUNCIL
from tests.record.world import KEYRING

FHIR = {"kind": "fhir", "url": "http://127.0.0.1:9/fhir"}


@pytest.mark.parametrize(
    "chosen, kind, whole, provenance",
    [
        ({}, BuiltinSink, False, False),
        (FHIR, ById, False, True),
        ({**FHIR, "provenance": False}, ById, False, False),
        ({**FHIR, "strategy": "by-identifier"}, ByIdentifier, False, True),
        ({**FHIR, "strategy": "message"}, ByMessage, True, True),
    ],
)
def test_each_setting_gives_its_own_way(chosen: dict[str, object], kind: type, whole, provenance) -> None:
    settings = SinkSettings.model_validate(chosen)
    sink = sink_of(settings, COUNCIL, KEYRING)
    assert type(sink) is kind
    made = preparation_for(sink, settings, COUNCIL, DataKeys(KEYRING))
    assert (made.whole, made.provenance, made.sink) == (whole, provenance, "icr")
