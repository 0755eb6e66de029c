"""Resources under our own ids: what the server holds already is seen, and Provenance goes along without being counted."""

from collections.abc import AsyncIterator

import pytest

from ascbridge.record.by_id import ById, same_meaning
from ascbridge.record.fhir_server import Accepted, FhirServer, Seen, Unavailable
from ascbridge.record.preparing import Send, Unit, digest
from tests.record.fake_fhir import FakeFhir, fake_fhir

TEAM = {"resourceType": "Organization", "id": "o1", "active": True}
SEND = Send("Organization/o1", TEAM, digest(TEAM))


@pytest.fixture
async def fake() -> AsyncIterator[FakeFhir]:
    async with fake_fhir() as made:
        yield made


@pytest.fixture
async def sink(fake: FakeFhir) -> AsyncIterator[ById]:
    made = ById(FhirServer(fake.url, timeout_s=30))
    yield made
    await made.close()


async def test_provenance_goes_along_and_is_not_among_the_versions(fake: FakeFhir, sink: ById) -> None:
    provenance = {"resourceType": "Provenance", "id": "v1", "target": [{"reference": "Organization/o1"}]}
    assert await sink.put([Unit(None, (SEND,), provenance=provenance)]) == Accepted(("1",))
    assert fake.names() == [["Organization/o1", "Provenance/v1"]]
    assert await sink.put([Unit(None, (SEND,), provenance=provenance)]) == Accepted(("2",))


async def test_looking_says_what_is_left_to_send(fake: FakeFhir, sink: ById) -> None:
    first = await sink.look(SEND)
    assert isinstance(first, Send)
    assert (first.version, first.held, first.late) == ("", False, True)
    await sink.put([Unit(None, (SEND,))])
    then = await sink.look(SEND)
    assert isinstance(then, Send)
    assert (then.version, then.held, then.late) == ("1", True, False)


async def test_a_server_that_is_away_is_not_taken_for_empty() -> None:
    sink = ById(FhirServer("http://127.0.0.1:1/fhir"))
    assert isinstance(await sink.look(SEND), Unavailable)
    await sink.close()


def test_what_a_server_adds_by_itself_is_no_difference() -> None:
    body = {
        "resourceType": "Patient",
        "id": "p1",
        "meta": {"profile": ["x"], "source": "urn:a"},
        "active": True,
    }
    send = Send("Patient/p1", body, digest(body))
    added = {
        **body,
        "meta": {"profile": ["x"], "versionId": "1", "lastUpdated": "2026-01-01T00:00:00Z"},
        "text": {},
    }
    assert same_meaning(Seen("1", added), send)
    assert not same_meaning(Seen("1", {**added, "active": False}), send)
    assert not same_meaning(Seen(), send)
