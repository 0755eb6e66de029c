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
    assert [one["percent"] for one in origin["groups"]] == [60.0, None, None], (
        "of a hundred, and of what is shown alone"
    )
    (gender,) = (one for one in tables if one["code"] == "sg1-gender")
    assert (numbers(gender), gender["about"]) == ({"Not said": 20}, "adults")
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


@pytest.mark.parametrize(
    "cases, shown, total", [(20, [12, 8], 20), (22, [12, None], None), (25, [12, 8], 20)]
)
def test_how_few_adults_had_several_is_not_told_by_two_sums(
    cases: int, shown: list[int | None], total: int | None
) -> None:
    found = learned(Table("x", "X", "adults", "shares", {"Male": 12, "Female": 8}, cases))
    assert ([one.number for one in found.groups], found.total) == (shown, total)
    assert all(one.percent is None for one in found.groups) == (total is None)
