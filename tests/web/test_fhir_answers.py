"""What /fhir answers with."""

import json

import pytest

from ascbridge.record.version_store import Version
from ascbridge.web.fhir_answers import history, link, one_version, outcome, searchset


@pytest.mark.parametrize("asked", ['W/"3"', '"3"', 'W/"1", W/"3"', "*"])
def test_who_has_this_version_gets_nothing_but_that(asked: str) -> None:
    answer = one_version(3, 1_793_600_000_000, b"{}", asked)
    assert (answer.status_code, answer.body) == (304, b"")
    assert answer.headers["etag"] == 'W/"3"'


@pytest.mark.parametrize("asked", ["", 'W/"2"', '"33"'])
def test_who_has_another_gets_it(asked: str) -> None:
    answer = one_version(3, 1_793_600_000_000, b"{}", asked)
    assert (answer.status_code, answer.body) == (200, b"{}")
    assert answer.headers["cache-control"] == "no-store"


def test_versions_come_the_newest_first_with_how_they_came() -> None:
    versions = [Version(n, 1_793_600_000_000, "", "", b'{"id":"p1"}') for n in (2, 1)]
    bundle = json.loads(history("http://b", "Patient/p1", [("_count", "2")], versions, more=True).body)
    assert [each["response"]["status"] for each in bundle["entry"]] == ["200", "201"]
    assert bundle["link"][1]["url"] == "http://b/Patient/p1/_history?_count=2&_cursor=1"
    assert "entry" not in json.loads(history("http://b", "Patient/p1", [], [], more=False).body)


def test_what_comes_along_is_told_from_what_was_found() -> None:
    made = {"resourceType": "Provenance", "id": "Patient.p1"}
    bundle = json.loads(searchset("http://b", "http://b/Patient", [], [], along=[made]).body)
    assert bundle["entry"] == [
        {"fullUrl": "http://b/Provenance/Patient.p1", "resource": made, "search": {"mode": "include"}}
    ]


def test_an_outcome_says_how_grave_and_an_address_its_parameters() -> None:
    assert json.loads(outcome(500, "x").body)["issue"][0]["severity"] == "fatal"
    assert json.loads(outcome(404, "x").body)["issue"][0]["code"] == "not-found"
    assert link("http://b", [("a", "b c")]) == "http://b?a=b+c"
