"""OpenAPI for programs and for people, from one document, with nothing fetched from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations.flowing.balance import MEANINGS
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_document_describes_every_interface_and_its_problems(somebody: Callable[..., Someone]) -> None:
    document = somebody("it-operations").get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path in ("/api/operations/ledger", "/api/tasks", "/api/tasks/{task_id}/{act}", "/api/persons/{person_id}",
                 "/health/ready"):  # fmt: skip
        assert path in document["paths"], path
    refused = document["paths"]["/api/tasks"]["get"]["responses"]["403"]
    assert "application/problem+json" in refused["content"]
    assert "/worklist" not in document["paths"]


def test_the_page_defines_the_ledgers_words(somebody: Callable[..., Someone]) -> None:
    page = somebody("it-operations").get("/api/docs").text
    for meaning in MEANINGS.values():
        assert meaning in page
    assert "GET /api/operations/ledger" in page
    assert "http://" not in page
    assert "https://" not in page
