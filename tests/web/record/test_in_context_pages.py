"""From a case system's screen to the record: once, in time, signed in as oneself, by the rules that always hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.relationship import record_links
from ascbridge.web.app import create_app
from ascbridge.web.record.in_context_pages import SIGN_IN_MS
from ascbridge.web.secure_headers import CONTENT_SECURITY_POLICY
from tests.web.city import MINUTE, City
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fastapi import FastAPI

IN_FRAME = {"Sec-Fetch-Dest": "iframe"}


def link(city: City, person: str) -> str:
    """Have a link made; return its path."""
    now, keyring = city.clock.at_ms, city.keyring
    code = city.bridge.write_now(
        lambda c: record_links.make(c, keyring, person, "case system", now, now + MINUTE)
    )
    return f"/in-context/{code}"


def follow(someone: Someone, path: str) -> str:
    """Follow a link; return where it leads once the reader is signed in."""
    answer = someone.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/in-context")
    return str(someone.get("/in-context").headers["location"])


@pytest.fixture
def evans(city: City) -> str:
    return str(city.task_of(0).person_id)


def test_a_link_leads_who_is_signed_in_to_the_record_and_is_audited(
    somebody: Callable[..., Someone], city: City, evans: str
) -> None:
    nia = somebody("discharge-team")
    assert follow(nia, link(city, evans)) == f"/people/{evans}"
    assert "EVANS, Mary" in nia.get(f"/people/{evans}").text
    assert nia.get("/in-context").headers["location"] == "/"  # it led there once
    entries = city.bridge.read_now(lambda c: audit_search.entries(c, whom=evans, who="Nia Brown"))
    assert {(one.what, one.why) for one in entries} == {
        ("came to a record by a link", "a link that case system asked for"),
        ("person's record read", "direct care, discharge task"),
    }


def test_who_is_not_signed_in_signs_in_first_and_lands_on_the_record(
    app: FastAPI, city: City, evans: str
) -> None:
    nia = Someone(app)
    assert nia.get(link(city, evans)).headers["location"] == "/in-context"
    assert nia.get("/in-context").headers["location"] == "/sign-in"
    nia.sign_in("discharge-team")
    assert nia.get("/in-context").headers["location"] == f"/people/{evans}"


def test_signing_in_leads_to_where_the_link_was_for_and_not_for_ever(
    app: FastAPI, city: City, evans: str
) -> None:
    nia = Someone(app)
    nia.get(link(city, evans))
    nia.sign_in("discharge-team")
    city.clock.at_ms += SIGN_IN_MS
    answer = nia.get("/in-context")
    assert answer.status_code == 410
    assert "It is too old" in answer.text
    assert nia.get("/in-context").headers["location"] == "/"


def test_a_link_is_no_relationship(app: FastAPI, city: City) -> None:
    duty, stranger = Someone(app).sign_in("front-door", "Dee Duty"), str(city.task_of(3).person_id)
    assert follow(duty, link(city, stranger)) == f"/people/{stranger}"
    assert duty.get(f"/people/{stranger}").headers["location"].startswith(f"/people/{stranger}/open")


def test_a_role_that_reads_no_records_reads_none_by_a_link(app: FastAPI, city: City, evans: str) -> None:
    operator = Someone(app).sign_in("it-operations")
    assert operator.get(follow(operator, link(city, evans))).status_code == 403


def test_a_link_that_opens_nothing_says_why_and_its_use_is_written_down(
    somebody: Callable[..., Someone], app: FastAPI, city: City, evans: str
) -> None:
    nia, once, late = somebody("discharge-team"), link(city, evans), link(city, evans)
    follow(nia, once)
    for who in (nia, Someone(app)):
        answer = who.get(once)
        assert (answer.status_code, "It has been used" in answer.text) == (410, True)
    city.clock.at_ms += MINUTE
    answer = nia.get(late)
    assert (answer.status_code, "It is too old" in answer.text) == (410, True)
    answer = nia.get(f"{late}x")
    assert (answer.status_code, "did not make it" in answer.text) == (403, True)
    entries = city.bridge.read_now(lambda c: audit_search.entries(c, whom=evans))
    told = [(one.who, one.result) for one in entries if one.what == "link to a record refused"]
    assert sorted(told) == [
        ("Nia Brown", "the link is expired"), ("Nia Brown", "the link is used"), ("not signed in", "the link is used"),
    ]  # fmt: skip


def test_in_a_frame_nobody_who_is_not_signed_in_uses_a_link_up(app: FastAPI, city: City, evans: str) -> None:
    path = link(city, evans)
    page = Someone(app).get(path, headers=IN_FRAME)
    assert (page.status_code, f'href="{path}" target="_blank"' in page.text) == (200, True)
    assert follow(Someone(app).sign_in("discharge-team"), path) == f"/people/{evans}"


def test_records_are_framed_by_whom_the_settings_name_and_nothing_else_is(tmp_path: Path) -> None:
    city = City(tmp_path, in_context={"frame_origins": ["https://cases.council.example"]})
    nia = Someone(create_app(city.parts())).sign_in("discharge-team")
    policies = {
        path: nia.get(path).headers["content-security-policy"]
        for path in (
            "/people",
            "/in-context/x",
            "/sign-in",
            "/reason",
            "/worklist",
            "/settle",
            "/peoples",
            "/",
        )
    }
    city.close()
    framed = {
        path
        for path, policy in policies.items()
        if "frame-ancestors https://cases.council.example;" in policy
    }
    assert framed == {"/people", "/in-context/x", "/sign-in", "/reason"}
    assert {policies[path] for path in policies.keys() - framed} == {CONTENT_SECURITY_POLICY}
