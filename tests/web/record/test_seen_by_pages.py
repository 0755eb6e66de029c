"""Who has seen this person: for those who answer for it, with no name of who was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone


@pytest.mark.parametrize("role", ["auditor", "information-governance"])
def test_readers_stand_there_with_what_and_why_and_the_look_is_written_down(
    role: str, city: City, somebody: Callable[..., Someone]
) -> None:
    person_id = city.task_of(0).person_id
    nurse = somebody("discharge-team", "Dee Duty")
    nurse.get(f"/people/{person_id}")
    nurse.get(f"/people/{person_id}/from/who")
    auditor = somebody(role, "Ola Audit")
    page = auditor.get(f"/people/{person_id}/seen-by").text
    for said in (
        "Dee Duty",
        "Community Discharge Team",
        "direct care, discharge task",
        "where a record comes from read",
    ):
        assert said in page, said
    assert "EVANS" not in page
    entries = city.bridge.read_now(lambda c: audit_search.entries(c, whom=person_id))
    assert (entries[0].who, entries[0].what) == ("Ola Audit", "who has seen a person read")
    answer = auditor.get(f"/api/persons/{person_id}/seen-by").json()
    assert {"Dee Duty", "Ola Audit"} == {one["who"] for one in answer}
    assert auditor.get("/people/nobody/seen-by").status_code == 404


def test_that_safeguarding_looked_stands_there_for_nobody(
    city: City, somebody: Callable[..., Someone]
) -> None:
    person_id = city.task_of(0).person_id
    auditor = somebody("auditor", "Ola Audit")
    before = auditor.get(f"/people/{person_id}/seen-by").text
    assert "behind their wall" in before
    assert "Safeguarding" not in before.replace("safeguarding", "")
