"""Refusals and faults, each in the manner of what was asked, and never with what is inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.web.discharge import desk_views
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI


def test_a_missing_page_is_a_page_a_missing_resource_a_problem(somebody: Callable[..., Someone]) -> None:
    someone = somebody("discharge-team")
    page = someone.get("/nowhere")
    assert page.status_code == 404
    assert "Page not found" in page.text
    assert 'href="/worklist"' in page.text, "whoever took a wrong turn still has the menu"
    assert 'href="/operations"' not in page.text
    nobody = Someone(someone.app).get("/nowhere")
    assert (nobody.status_code, "/worklist" in nobody.text) == (404, False)
    problem = someone.get("/api/nowhere")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["status"] == 404
    outcome = someone.get("/fhir/Nowhere/1")
    assert outcome.json()["resourceType"] == "OperationOutcome"


def test_fhir_without_sign_in_is_an_operation_outcome(app: FastAPI) -> None:
    answer = Someone(app).get("/fhir/Patient/n1")
    assert answer.status_code == 401
    assert answer.json()["issue"][0]["code"] == "login"
    assert Someone(app).get("/fhir/metadata").status_code == 401


def test_a_fault_of_ours_tells_a_number_and_nothing_else(
    app: FastAPI,
    somebody: Callable[..., Someone],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    someone = somebody("discharge-team")

    def broken(*_: object, **__: object) -> None:
        raise KeyError("EVANS, Mary 9993000019")

    monkeypatch.setattr(desk_views, "people_shown", broken)
    calm = Someone(app, cookies=dict(someone.cookies), raise_server_exceptions=False)
    answer = calm.get("/worklist")
    assert answer.status_code == 500
    assert "Tell IT operations this number" in answer.text
    assert "EVANS" not in answer.text
    assert "9993000019" not in capsys.readouterr().err


def test_values_that_cannot_be_used_are_named(somebody: Callable[..., Someone]) -> None:
    answer = somebody("discharge-team").get("/api/tasks?limit=0")
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("limit: ")


def test_whom_their_role_keeps_out_is_told_so_in_words(somebody: Callable[..., Someone]) -> None:
    someone = somebody("discharge-team")
    page = someone.get("/operations")
    assert page.status_code == 403
    assert "The role Community Discharge Team does not open this" in page.text
    assert "change role" in page.text
    assert "discharge-team does" not in page.text
