"""Whatever anybody asks of /fhir, it answers in FHIR and never fails: a grammar of searches, and schemathesis."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from ascbridge.operations import tokens
from ascbridge.operations.scopes import scopes_of
from ascbridge.record.mapping.resource_types import RESOURCE_TYPES
from ascbridge.record.preparing import Preparation
from ascbridge.record.publisher import Publisher
from ascbridge.record.search import PARAMETERS, RESULT_PARAMETERS
from ascbridge.record.sinks import BuiltinSink
from ascbridge.record.views import Council
from ascbridge.storage.tables import resource
from ascbridge.web.app import create_app
from tests.web.conftest import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.city import City

QUICK = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,  # the same each time: a find is a find for everybody
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TYPES = sorted([*PARAMETERS, "Provenance"])
NAMES = sorted(
    {name for names in PARAMETERS.values() for name in names}
    | {*RESULT_PARAMETERS, "target", "_type", "_since"}
)
INCLUDES = sorted(
    {f"{of}:{name}" for of, kind in RESOURCE_TYPES.items() for name in kind.includes} | {"Provenance:target"}
)
ODD = st.sampled_from(
    ["", " ", "|", "||", "x|", "|y", ",", ",,", "\0", "%", "'", '"', "\\", "é", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
     "9" * 30, "-1", "0", "1e9", "NaN", "null", "*", "../..", "a" * 3_000, "1,2|3,4", "${x}", ":not", "\t", "\u202e"]
)  # fmt: skip
DAYS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "eq", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap", "xx"]),
    st.sampled_from(["2026", "2026-02", "2026-02-30", "2026-11-22", "0000", "9999-12-31", "10000", "1"]),
    st.sampled_from(
        ["", "T", "T10", "T10:00", "T25:00Z", "T10:00:00+99:00", "T10:00:00.123456789Z", "T10:00Z"]
    ),
)
VALUES = st.one_of(
    ODD, DAYS, st.text(max_size=30), st.sampled_from(INCLUDES), st.sampled_from([f"{of}/x" for of in TYPES])
)
PAIRS = st.lists(
    st.tuples(
        st.one_of(
            st.sampled_from(NAMES),
            st.builds(
                "{}{}".format,
                st.sampled_from(NAMES),
                st.sampled_from([":not", ":exact", ":missing", ":identifier", ".name", ":"]),
            ),
            st.text(max_size=12),
        ),
        VALUES,
    ),
    max_size=5,
)


@pytest.fixture
def filled(city: City) -> Iterator[tuple[TestClient, list[str]]]:
    """The peopled city with its record published, and what stands there."""
    about = city.settings.council
    council = Council(about.name, about.ods_code, about.identifier_base)
    preparation = Preparation(city.settings.sink.name, council, city.data_keys)
    publisher = Publisher(city.bridge, BuiltinSink(city.keyring), preparation, city.clock)

    async def publish() -> None:
        while await publisher.round():
            pass

    asyncio.run(publish())
    names = sorted(f"{row.resource_type}/{row.resource_id}" for row in city.rows(resource))
    with TestClient(create_app(city.parts()), base_url=HERE, client=("127.0.0.1", 5000)) as client:
        yield client, names


def bearer(city: City, *scopes: str) -> dict[str, str]:
    narrowed = scopes_of(scopes) if scopes else None
    text, slip = tokens.mint(city.keyring, "integration", "partner", "test", scopes=narrowed)
    tokens.leave_slip(city.folder, slip)
    return {"authorization": f"Bearer {text}"}


def answered_in_fhir(answer: Any) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code == 304:
        return
    assert answer.headers["content-type"].startswith("application/fhir+json")
    if answer.status_code >= 400:
        body = answer.json()
        assert body["resourceType"] == "OperationOutcome"
        assert body["issue"]


def test_any_search_is_answered_in_fhir(filled: tuple[TestClient, list[str]], city: City) -> None:
    client, names = filled
    everything, narrow = bearer(city), bearer(city, "system/Task.rs", "system/Provenance.s")
    paths = st.one_of(
        st.sampled_from(TYPES),
        st.builds("{}/_search".format, st.sampled_from(TYPES)),
        st.builds(
            "{}{}".format,
            st.sampled_from(names),
            st.sampled_from(["", "/_history", "/_history/1", "/_history/x", "/_history/0"]),
        ),
        st.builds("Patient/{}/$everything".format, st.sampled_from([each.split("/")[1] for each in names])),
        st.builds(lambda text: quote(text, safe="/$"), st.text(min_size=1, max_size=20)),
    )

    @QUICK
    @example("Task", [("_lastUpdated", ",")], everything, "")
    @example("CarePlan", [("category", ",,")], everything, "")
    @given(
        paths,
        PAIRS,
        st.sampled_from([everything, narrow]),
        st.sampled_from(["", "handling=strict", ";;,=", '"']),
    )
    def ask(path: str, pairs: list[tuple[str, str]], who: dict[str, str], prefer: str) -> None:
        asked = urlencode(pairs, errors="replace")
        headers = {**who, "prefer": prefer}
        if path.endswith("/_search"):
            form = {"content-type": "application/x-www-form-urlencoded"}
            answered_in_fhir(client.post(f"/fhir/{path}", content=asked, headers={**headers, **form}))
        else:
            answered_in_fhir(client.get(f"/fhir/{path}?{asked}", headers=headers))

    ask()


def test_schemathesis_finds_nothing_that_fails(filled: tuple[TestClient, list[str]], city: City) -> None:
    client, _ = filled
    headers = bearer(city)
    document = client.get("/api/openapi.json", headers=headers).json()
    schema = schemathesis.openapi.from_dict(document)
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if not operation.path.startswith("/fhir"):
            continue
        tried += 1

        @settings(QUICK, max_examples=15)
        @given(operation.as_strategy())
        def ask(case: Any) -> None:
            path = case.formatted_path
            asked = {name: str(value) for name, value in (case.query or {}).items()}
            answered_in_fhir(client.request(case.method, path, params=asked, headers=headers))

        ask()
    assert tried >= 8
