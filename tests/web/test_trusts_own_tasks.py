"""A trust's own systems read how work stands on the trust's own stays, and nothing else whatever they ask for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from ascbridge.operations import tokens
from ascbridge.record.preparing import Preparation
from ascbridge.record.publisher import Publisher
from ascbridge.record.sinks import BuiltinSink
from ascbridge.record.views import Council
from ascbridge.storage.tables import audit
from ascbridge.web.app import create_app
from tests.web.city import zu1
from tests.web.conftest import HERE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.web.city import City

    Asking = Callable[[str], Any]

ADA = {
    "local_id": "L1",
    "visit": "V1",
    "name": "OKONKWO^ADA^^^MRS^^L",
    "born": "19410314",
    "nhs_number": "9993000019",
}
BEN = {
    "local_id": "L2",
    "visit": "V2",
    "name": "BELL^BEN^^^MR^^L",
    "born": "19380702",
    "nhs_number": "9993000027",
}


@pytest.fixture
def two_sites(empty_city: City) -> City:
    """Ada is ready to leave one site, Ben another, which a second trust may call its own."""
    for who, ward in ((ADA, "W12^BAY 3^BED 4^RKB01"), (BEN, "W21^BAY A^BED 1^RKB77")):
        empty_city.hear("A01", **who, ward=ward)
        empty_city.hear("A16", **who, ward=ward, extra=(zu1("Y", "20261018"),))
    city = empty_city
    council = city.settings.council
    preparation = Preparation(
        "icr", Council(council.name, council.ods_code, council.identifier_base), city.data_keys
    )
    publisher = Publisher(city.bridge, BuiltinSink(city.keyring), preparation, city.clock)

    async def publish() -> None:
        while await publisher.round():
            pass

    asyncio.run(publish())
    return city


@pytest.fixture
def of_site(two_sites: City) -> Iterator[Callable[[str], Asking]]:
    with TestClient(create_app(two_sites.parts()), base_url=HERE, client=("127.0.0.1", 5000)) as client:

        def make(facility: str, role: Any = "hospital") -> Asking:
            text, slip = tokens.mint(two_sites.keyring, role, "PAS", "test", facility)
            tokens.leave_slip(two_sites.folder, slip)
            return lambda path: client.get(path, headers={"authorization": f"Bearer {text}"})

        yield make


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entry["resource"]["id"] for entry in answer.json().get("entry", [])]


def test_each_sees_the_tasks_of_its_own_sites(of_site: Callable[[str], Asking]) -> None:
    (ada,), (ben,) = ids(of_site("RKB01")("/fhir/Task")), ids(of_site("RKB77")("/fhir/Task"))
    assert ada != ben
    assert set(ids(of_site("RKB")("/fhir/Task"))) == {ada, ben}
    assert ids(of_site("RXX")("/fhir/Task")) == []
    assert ids(of_site("RKB%")("/fhir/Task")) == [], "no pattern, but a code"
    assert of_site("RKB01")(f"/fhir/Task/{ada}").json()["status"] == "requested"
    hidden, unknown = of_site("RKB01")(f"/fhir/Task/{ben}"), of_site("RKB01")("/fhir/Task/t0")
    assert (hidden.status_code, hidden.content) == (404, unknown.content), "another's is as if it were not"


def test_a_count_counts_no_others(of_site: Callable[[str], Asking]) -> None:
    assert of_site("RKB01")("/fhir/Task?_count=0").json()["total"] == 1


def test_a_task_is_found_by_the_number_of_the_visit(of_site: Callable[[str], Asking]) -> None:
    (ada,) = ids(of_site("RKB01")("/fhir/Task"))
    for asked in (f"encounter:identifier={quote('V1')}", "encounter:identifier=V1&status=requested"):
        assert ids(of_site("RKB01")(f"/fhir/Task?{asked}")) == [ada]
    stay = of_site("RKB01")(f"/fhir/Task/{ada}").json()["encounter"]["reference"]
    assert ids(of_site("RKB01")(f"/fhir/Task?encounter={stay}")) == [ada]
    assert ids(of_site("RKB77")(f"/fhir/Task?encounter={stay}")) == []
    assert ids(of_site("RKB01")("/fhir/Task?encounter:identifier=V2")) == []
    assert ids(of_site("RKB77")("/fhir/Task?encounter:identifier=V1")) == []
    assert of_site("RKB01")("/fhir/Task?encounter:identifier=|").status_code == 400
    assert of_site("RKB01")("/fhir/Task?encounter:missing=true").status_code == 400


@pytest.mark.parametrize(
    "path", ["/fhir/Patient", "/fhir/Encounter", "/fhir/ServiceRequest", "/fhir/Patient/p1"]
)
def test_it_sees_nothing_else(path: str, of_site: Callable[[str], Asking]) -> None:
    assert of_site("RKB01")(path).status_code == 403


@pytest.mark.parametrize(
    "path", ["/api/tasks", "/api/persons/p1", "/worklist", "/operations", "/front-door", "/audit"]
)
def test_no_page_and_no_other_interface_is_open_to_it(path: str, of_site: Callable[[str], Asking]) -> None:
    assert of_site("RKB01")(path).status_code == 403


def test_a_token_without_sites_or_of_another_role_with_sites_reads_nothing(of_site: Any) -> None:
    assert of_site("")("/fhir/Task").status_code == 401, "whose it is nobody can say"
    assert of_site("RKB01", "integration")("/fhir/Task").status_code == 403


def test_what_it_read_is_in_the_audit(two_sites: City, of_site: Callable[[str], Asking]) -> None:
    of_site("RKB01")("/fhir/Task")
    (entry,) = [row for row in two_sites.rows(audit) if row.what == "fhir search Task"]
    assert (entry.who, entry.role) == ("PAS", "hospital")
    assert entry.whom == two_sites.task_of().person_id
