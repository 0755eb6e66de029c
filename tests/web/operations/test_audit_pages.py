"""The audit as those see it who answer for it; looking at it is written down too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from ascbridge.storage.tables import audit
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City


def test_who_read_a_person_is_found_by_the_person(somebody: Callable[..., Someone], city: City) -> None:
    row = city.task_of(0)
    somebody("discharge-team", "Ola Green").get(f"/tasks/{row.task_id}")
    auditor = somebody("auditor")
    page = auditor.get(f"/audit?whom={row.person_id}").text
    for said in (
        "Ola Green",
        "discharge-team",
        "task read",
        row.person_id,
        "direct care, discharge task",
        "session 127.0.0.1",
    ):
        assert said in page, said
    assert "audit read" in auditor.get("/audit").text
    assert "There are no such entries" in auditor.get("/audit?who=Nobody").text
    assert "Ola Green" in auditor.get("/audit?day=2026-10-18").text
    assert auditor.get("/audit?day=yesterday").status_code == 200


def test_a_chain_that_holds_and_one_that_does_not_are_told(
    somebody: Callable[..., Someone], city: City
) -> None:
    auditor = somebody("auditor")
    assert "Chain of work holds" in auditor.get("/audit").text
    city.bridge.write_now(
        lambda c: c.execute(update(audit).where(audit.c.position == 1).values(who="Mallory"))
    )
    page = auditor.get("/audit").text
    assert "Chain of work is broken" in page
    assert "changed" in page
