"""Counts behind the wall: small numbers withheld with what tells them, and nothing of a concern somebody is kept from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.safeguarding.learning import Table
from ascbridge.web.safeguarding.safeguarding_learning import learned
from tests.safeguarding.behind import EVANS, said
from tests.web.test_safeguarding_sweep import GARETH, program

if TYPE_CHECKING:
    from tests.web.walled import WalledCity


def numbers(table: Any) -> dict[str, int | None]:
    return {one["name"]: one["number"] for one in table["groups"]}


def raised(walled: WalledCity, many: int, **more: Any) -> None:
    for number in range(many):
        adult = EVANS.model_copy(update={"nhs_number": "", "council_id": f"{more.get('origin', '')}{number}"})
        walled.behind.take(said(account=str(number), adult=adult, **more))


def test_small_numbers_are_withheld_and_so_is_what_tells_them(walled: WalledCity) -> None:
    raised(walled, 12, origin="gp")
    raised(walled, 6, origin="police")
    raised(walled, 2, origin="fire")
    tables = program(walled, "safeguarding").get("/api/concerns/learning").json()
    (origin,) = (one for one in tables if one["code"] == "origin")
    assert numbers(origin) == {"GP practice": 12, "Police": None, "Fire service": None}
    assert (origin["total"], origin["withheld"]) == (20, True)
    page = program(walled, "safeguarding").get("/safeguarding/learning")
    assert page.status_code == 200
    assert "withheld" in page.text
    assert "EVANS" not in page.text


def test_what_somebody_is_kept_from_counts_in_nothing_that_they_see(walled: WalledCity) -> None:
    raised(walled, 7, origin="gp")
    before = program(walled, "safeguarding", GARETH).get("/api/concerns/learning").json()
    raised(walled, 9, origin="police", excluded_accounts=(GARETH,))
    assert program(walled, "safeguarding", GARETH).get("/api/concerns/learning").json() == before
    assert program(walled, "safeguarding").get("/api/concerns/learning").json() != before


@pytest.mark.parametrize("role", ["discharge-team", "it-operations", "auditor", "referring-professional"])
def test_no_other_role_is_told_any_number(walled: WalledCity, role: str) -> None:
    assert program(walled, role).get("/api/concerns/learning").status_code == 403


def test_groups_that_do_not_add_up_are_withheld_each_for_itself() -> None:
    found = learned(Table("x", "X", "concerns", "several", {"physical": 3, "sexual": 9}))
    assert [(one.name, one.number) for one in found.groups] == [("Physical", None), ("Sexual", 9)]
    assert found.total is None
