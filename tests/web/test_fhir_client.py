"""A FHIR client that others wrote (fhirpy) walks the interface by its CapabilityStatement alone, over real HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import ForbiddenError, OperationOutcome, ResourceNotFound

from ascbridge.operations import tokens
from ascbridge.operations.scopes import scopes_of
from ascbridge.record.preparing import Preparation
from ascbridge.record.projection import RecordProjection
from ascbridge.record.publisher import Publisher
from ascbridge.record.sinks import BuiltinSink
from ascbridge.record.views import Council
from tests.web.conftest import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.city import City
    from tests.web.conftest import Site

DATES = {"date": ["ge1900-01-01", "lt2999-12-31"]}


@pytest.fixture
def shared(city: City) -> Iterator[Site]:
    """The peopled city with its record published, behind a real server."""
    council = city.settings.council
    about = Council(council.name, council.ods_code, council.identifier_base)
    sink = city.settings.sink.name
    assert RecordProjection.name in {handler.name for handler in city.handlers}
    preparation = Preparation(sink, about, city.data_keys)
    publisher = Publisher(city.bridge, BuiltinSink(city.keyring), preparation, city.clock)

    async def publish() -> None:
        while await publisher.round():
            pass

    asyncio.run(publish())
    with served(city) as site:
        yield site


def client_of(site: Site, *scopes: str) -> SyncFHIRClient:
    narrowed = scopes_of(scopes) if scopes else None
    text, slip = tokens.mint(site.city.keyring, "integration", "partner", scopes=narrowed)
    tokens.leave_slip(site.city.folder, slip)
    return SyncFHIRClient(f"{site.address}/fhir", authorization=f"Bearer {text}")


def resources_of(bundle: Any, mode: str = "match") -> list[Any]:
    return [each["resource"] for each in bundle.get("entry", ()) if each["search"]["mode"] == mode]


def walk(part: Any) -> Iterator[Any]:
    yield part
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from walk(each)


def values_for(parameter: Any, resource: Any) -> list[str]:
    """What a client that knows FHIR would ask to find this resource by a parameter."""
    name, kind = parameter["name"], parameter["type"]
    if name == "_id":
        return [resource["id"]]
    if kind == "date":
        dated = [each for each in walk(resource) if isinstance(each, str) and each[:2] in ("19", "20")]
        return DATES["date"] if name == "_lastUpdated" or dated else []
    if kind == "reference":
        pointed = [
            each["reference"] for each in walk(resource) if isinstance(each, dict) and "reference" in each
        ]
        wanted = f"{name.capitalize()}/"
        return [each for each in pointed if each.startswith(wanted) or name == "target"][:1]
    if name == "identifier":
        found = resource.get("identifier", [])
        first = (found if isinstance(found, list) else [found])[:1]
        return [f"{each['system']}|{each['value']}" for each in first]
    element = resource.get({"lifecycle-status": "lifecycleStatus"}.get(name, name))
    codes = [each for each in walk(element) if isinstance(each, dict) and "code" in each]
    return (
        [element] if isinstance(element, str) else [f"{each['system']}|{each['code']}" for each in codes[:1]]
    )


def test_every_interaction_parameter_and_operation_that_it_names_works(shared: Site) -> None:
    client = client_of(shared)
    statement = client.execute("metadata", method="get")
    assert statement["fhirVersion"] == "4.0.1"
    (rest,) = statement["rest"]
    tried, names = set(), []
    for said in sorted(rest["resource"], key=lambda each: each["type"] == "Provenance"):
        of = said["type"]
        targets = {"target": ",".join(names[:50])} if of == "Provenance" else {}
        found = (
            client.resources(of).search(**targets).limit(50).fetch_all()
            if names or of != "Provenance"
            else []
        )
        paged = client.resources(of).search(**targets).limit(1).fetch_all() if not targets else found
        assert [each["id"] for each in paged] == [each["id"] for each in found], of
        names += [f"{of}/{each['id']}" for each in found]
        for resource in found[:2]:
            here = f"{of}/{resource['id']}"
            version = resource["meta"]["versionId"]
            codes = {each["code"] for each in said["interaction"]}
            if "read" in codes:
                assert client.get(of, resource["id"])["id"] == resource["id"]
            if "vread" in codes:
                assert client.execute(f"{here}/_history/{version}", "get")["meta"]["versionId"] == version
            if "history-instance" in codes:
                versions = client.execute(f"{here}/_history", "get")
                assert versions["type"] == "history"
                assert versions["entry"][0]["resource"]["id"] == resource["id"]
            for parameter in said["searchParam"]:
                for value in values_for(parameter, resource):
                    asked = {parameter["name"]: value, "_count": "200"}
                    hits = resources_of(client.execute(of, "get", params=asked))
                    if parameter["type"] != "date" or parameter["name"] == "_lastUpdated":
                        assert resource["id"] in {each["id"] for each in hits}, (of, asked)
                    tried.add((of, parameter["name"]))
            for each in said.get("searchInclude", []):
                bundle = client.execute(of, "get", params={"_id": resource["id"], "_include": each})
                assert {body["id"] for body in resources_of(bundle)} == {resource["id"]}
            for each in said.get("searchRevInclude", []):
                bundle = client.execute(of, "get", params={"_id": resource["id"], "_revinclude": each})
                brought = {body["resourceType"] for body in resources_of(bundle, "include")}
                assert brought <= {each.partition(":")[0]}
            for operation in said.get("operation", []):
                everything = client.execute(f"{here}/${operation['name']}", "get")
                assert resource["id"] in {body["id"] for body in resources_of(everything)}
    # Something of most types is there, and nearly every parameter was asked with a value of its own.
    assert len({name.partition("/")[0] for name in names}) >= 8
    assert len(tried) >= 40


def test_its_refusals_are_understood(shared: Site) -> None:
    client = client_of(shared)
    with pytest.raises(ResourceNotFound, match="OperationOutcome"):
        client.get("Task", "none")
    with pytest.raises(OperationOutcome):
        client.execute("Task", "get", params={"_lastUpdated": "soon"})
    with pytest.raises(ForbiddenError, match="OperationOutcome"):
        client_of(shared, "system/Task.rs").resources("Patient").fetch()
    assert client_of(shared, "system/Task.rs").resources("Task").fetch_all()
