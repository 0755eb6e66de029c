"""A case system's program gets links, for a scope of its own, and nothing else by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations import tokens
from ascbridge.operations.finding import audit_search
from ascbridge.operations.scopes import scopes_of
from ascbridge.storage.tables import record_link
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.web.city import City

NUMBER = "999 300 0019"


@pytest.fixture
def program(app: FastAPI, city: City) -> Any:
    def make(*scope: str) -> Someone:
        scopes = scopes_of(scope) if scope else None
        text, slip = tokens.mint(city.keyring, "integration", "case system", "test", scopes=scopes)
        tokens.leave_slip(city.folder, slip)
        return Someone(app, headers={"Authorization": f"Bearer {text}", "X-Purpose": "test"})

    return make


def test_a_link_is_made_by_either_identifier_and_says_nothing(program: Any, city: City) -> None:
    linking, person = program("record-link"), str(city.task_of(0).person_id)
    for said in ({"identifier": NUMBER}, {"identifier": "L100", "authority": "RKB"}):
        answer = linking.post("/api/record-links", json=said)
        assert answer.status_code == 201, answer.text
        told = answer.json()
        assert told["until_ms"] == city.clock.at_ms + 60_000
        assert told["url"].startswith("http://127.0.0.1/in-context/")
        for secret in (person, "9993000019", "L100"):
            assert secret not in told["url"]
    entries = city.bridge.read_now(lambda c: audit_search.entries(c, whom=person, who="case system"))
    assert [one.what for one in entries] == ["link to a record made"] * 2


def test_who_is_not_here_has_no_link(program: Any, city: City) -> None:
    linking = program("record-link")
    for said in (
        {"identifier": "9993000116"},
        {"identifier": "123"},
        {"identifier": "L100", "authority": "no"},
    ):
        assert linking.post("/api/record-links", json=said).status_code == 404, said
    assert city.rows(record_link) == []


def test_a_number_that_two_share_has_no_link(program: Any, city: City) -> None:
    city.hear("A01", local_id="L900", visit="V900", name="EVANS^MARGARET^^^MRS^^L", born="19500101",
              nhs_number="9993000019", ward="W1^^^RKB01")  # fmt: skip
    answer = program("record-link").post("/api/record-links", json={"identifier": NUMBER})
    assert (answer.status_code, answer.json()["detail"]) == (409, "It is not settled whose this is.")


def test_the_scope_makes_links_and_opens_nothing_and_others_make_none(program: Any, city: City) -> None:
    linking = program("record-link")
    person = city.task_of(0).person_id
    for path in (f"/api/persons/{person}", "/api/tasks", "/worklist"):
        assert linking.get(path).status_code == 403, path
    assert linking.get("/fhir/Patient").status_code == 403
    said = {"identifier": NUMBER}
    assert program("system/*.rs").post("/api/record-links", json=said).status_code == 403
    assert program().post("/api/record-links", json=said).status_code == 201
