"""What an answer means: taken, refused, or not now, and whether it may have been taken all the same."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from ascbridge.record.fhir_server import Accepted, FhirServer, Refused, Seen, Unavailable, trace_of
from ascbridge.record.mapping.bundle import resources, shared, transaction
from tests.record.fake_fhir import FakeFhir, failing, fake_fhir
from tests.record.samples import COUNCIL, person

ORG = {"resourceType": "Organization", "id": "o1", "active": True}
BUNDLE = transaction([(ORG, "")])
OUTCOME = {"issue": [{"code": "invalid", "expression": ["Patient.name[0]"], "diagnostics": "Ash-Canary"}]}


@pytest.fixture
async def fake() -> AsyncIterator[FakeFhir]:
    async with fake_fhir() as made:
        yield made


@pytest.fixture
async def sink(fake: FakeFhir) -> AsyncIterator[FhirServer]:
    made = FhirServer(fake.url, timeout_s=60)
    yield made
    await made.close()


async def test_a_bundle_that_is_taken_gives_the_versions_in_order(fake: FakeFhir, sink: FhirServer) -> None:
    view = person()
    every = [*shared([view], COUNCIL).values(), *resources(view, COUNCIL)]
    assert await sink.transact(transaction((each, "") for each in every)) == Accepted(("1",) * len(every))
    assert await sink.transact(transaction([(every[0], "1")])) == Accepted(("2",))


async def test_a_bundle_of_more_than_a_megabyte_goes_whole(fake: FakeFhir) -> None:
    big = ORG | {"name": "n" * 2**21}
    server = FhirServer(fake.url, timeout_s=60)
    assert await server.transact(transaction([(big, "")])) == Accepted(("1",))
    assert (await server.see("Organization/o1")).body["name"] == big["name"]
    await server.close()


async def test_a_version_told_by_location_only(fake: FakeFhir, sink: FhirServer) -> None:
    entry = {"response": {"status": "201", "location": "http://x/fhir/Organization/o1/_history/17"}}
    fake.acts = [failing(200, {"entry": [entry, {"response": {"status": "200"}}]})]
    assert await sink.transact(BUNDLE) == Accepted(("17", ""))


@pytest.mark.parametrize(
    "status,unknown",
    [
        (401, False),
        (403, False),
        (404, False),
        (301, False),
        (429, False),
        (408, True),
        (500, True),
        (503, True),
    ],
)
async def test_not_now(status: int, unknown, fake: FakeFhir, sink: FhirServer) -> None:
    fake.acts = [failing(status, **{"Retry-After": "7"})]
    reply = await sink.transact(BUNDLE)
    assert isinstance(reply, Unavailable)
    assert reply.unknown is unknown
    assert str(status) in reply.cause


async def test_how_long_a_server_asks_us_to_wait(fake: FakeFhir, sink: FhirServer) -> None:
    fake.acts = [
        failing(429, **{"Retry-After": "7"}),
        failing(503, **{"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    ]
    assert await sink.transact(BUNDLE) == Unavailable("HTTP 429: too many requests", unknown=False, wait_s=7)
    assert (await sink.transact(BUNDLE)).wait_s == 0


@pytest.mark.parametrize(
    "status,changed", [(400, False), (409, True), (412, True), (413, False), (422, False)]
)
async def test_a_refusal_names_code_and_place_and_never_the_value(
    status: int, changed, fake: FakeFhir, sink: FhirServer
) -> None:
    fake.acts = [failing(status, OUTCOME)]
    reply = await sink.transact(BUNDLE)
    assert reply == Refused(status, f"the server refused it: HTTP {status} invalid Patient.name[0]")
    assert reply.changed_meanwhile is changed


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {"issue": []},
        {"issue": [{"code": "Ash Canary", "expression": ["Patient.where(value='9990001006')"]}]},
    ],
)
async def test_a_refusal_in_other_words_tells_its_status_only(
    body: object, fake: FakeFhir, sink: FhirServer
) -> None:
    fake.acts = [failing(422, body)]
    assert await sink.transact(BUNDLE) == Refused(422, "the server refused it: HTTP 422")


async def test_a_time_out_and_a_broken_line_leave_it_open(fake: FakeFhir, sink: FhirServer) -> None:
    fake.acts = ["take and hang", "take and drop"]
    impatient = FhirServer(fake.url, timeout_s=0.3)
    assert await impatient.transact(BUNDLE) == Unavailable("the server did not answer in time", unknown=True)
    await impatient.close()
    fake.go_on.set()
    reply = await sink.transact(BUNDLE)
    assert isinstance(reply, Unavailable)
    assert reply.unknown


async def test_an_answer_that_is_no_transaction_response_leaves_it_open(
    fake: FakeFhir, sink: FhirServer
) -> None:
    fake.acts = [failing(200, {"resourceType": "Bundle"}), failing(200)]
    for _ in range(2):
        assert await sink.transact(BUNDLE) == Unavailable("not a transaction-response", unknown=True)


async def test_a_server_that_is_not_there_took_nothing() -> None:
    sink = FhirServer(f"http://127.0.0.1:{unused_port()}/fhir", timeout_s=5)
    assert await sink.transact(BUNDLE) == Unavailable("the server cannot be reached", unknown=False)
    assert isinstance(await sink.see("Patient/p1"), Unavailable)
    await sink.close()


async def test_looking_at_what_is_held(fake: FakeFhir, sink: FhirServer) -> None:
    assert await sink.see("Organization/o1") == Seen()
    await sink.transact(BUNDLE)
    seen = await sink.see("Organization/o1")
    assert isinstance(seen, Seen)
    assert (seen.version, seen.body["id"]) == ("1", "o1")


async def test_the_token_is_read_for_each_request(fake: FakeFhir, tmp_path: Path) -> None:
    file = tmp_path / "token"
    sink = FhirServer(fake.url + "/", token_file=file)
    for token in ("first", "second"):
        file.write_text(f"{token}\n")
        await sink.transact(BUNDLE)
    assert fake.tokens == ["Bearer first", "Bearer second"]
    await sink.close()


async def test_what_a_server_calls_what_it_took(fake: FakeFhir, sink: FhirServer) -> None:
    entries = [
        {"response": {"location": "Organization/12/_history/3"}},
        {"response": {"location": "http://x/fhir/Organization/13", "etag": 'W/"4"'}},
        {"response": {"etag": 'W/"5"'}},
    ]
    fake.acts = [failing(200, {"entry": entries})]
    reply = await sink.transact(BUNDLE)
    assert isinstance(reply, Accepted)
    assert (reply.versions, reply.ids) == (("3", "4", "5"), ("12", "13", ""))


async def test_a_request_names_the_trace_of_the_newest_message_that_it_brings_news_of(
    fake: FakeFhir, sink: FhirServer
) -> None:
    ids = ["0199a1b2-c3d4-8abc-9def-0123456789ab", "0199a1b2-c3d5-8abc-9def-0123456789ab"]
    every = [(ORG | {"id": f"o{n}", "meta": {"source": f"urn:uuid:{id}"}}, "") for n, id in enumerate(ids)]
    assert trace_of(transaction(every))["traceparent"].split("-")[1] == ids[1].replace("-", "")
    assert trace_of(BUNDLE) == {}
    await sink.transact(transaction(every))
    assert fake.traces[-1] == trace_of(transaction(every))["traceparent"]
