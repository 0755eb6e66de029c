"""A feed's profile is changed on the page and under /api: tried out, asked for, signed, put in force, rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations.changing.feed_profiles import LEAD_MS
from tests.intake.revised import itk

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

PAGE = "/operations/feed-profiles"
API = "/api/operations/feed-profiles"
TEXT = itk(("[codes.discharge_method]", '[codes.discharge_method]\nZQ = "1"'))


def test_two_people_change_a_profile_and_one_rolls_it_back(
    somebody: Callable[..., Someone], city: City
) -> None:
    city.hear("A03", local_id="L77", visit="V77", nhs_number="", pv1={36: "ZQ", 37: "19"})
    ola, nia = somebody("it-operations", "Ola Green"), somebody("it-operations", "Nia Brown")
    assert PAGE in ola.get("/operations").text
    tried = ola.fill(PAGE, PAGE, text=TEXT, act="compare").text
    assert "added: codes.discharge_method.ZQ: 1" in tried
    assert "Nothing has changed." in tried
    assert "There are none." in tried
    assert (
        ola.fill(PAGE, PAGE, text=TEXT, why="they say so", act="ask").headers["location"]
        == f"{PAGE}?done=asked"
    )
    assert "second person must sign" in ola.fill(f"{PAGE}/itk-v24/1/sign", PAGE).text
    assert nia.fill(f"{PAGE}/itk-v24/1/sign", PAGE).headers["location"] == f"{PAGE}?done=sign"
    nia.fill(f"{PAGE}/itk-v24/1/activate", PAGE)
    assert "in a few seconds version 1" in nia.get(PAGE).text
    city.clock.at_ms += LEAD_MS
    held = {one["feed"]: one for one in nia.get(API).json()["held"]}["itk-v24"]
    assert (held["number"], held["signed"], held["next_number"]) == (1, True, None)
    assert (
        nia.fill(f"{PAGE}/itk-v24/roll-back", PAGE, why="wrong").headers["location"]
        == f"{PAGE}?done=rolled-back"
    )
    city.clock.at_ms += LEAD_MS
    assert {one["feed"]: one["number"] for one in nia.get(API).json()["held"]}["itk-v24"] == 0
    assert nia.fill(f"{PAGE}/itk-v24/1/dance", PAGE).status_code == 422


def test_everything_that_is_wrong_with_a_text_is_said_at_once(somebody: Callable[..., Someone]) -> None:
    answer = somebody("it-operations", "Ola Green").fill(
        PAGE, PAGE, text=itk(('authority = "', 'authority = "X'), signed=False), act="compare"
    )
    assert answer.status_code == 422
    assert "feed.authority" in answer.text
    assert "not signed as it stands" in answer.text


def test_an_auditor_looks_and_changes_nothing(somebody: Callable[..., Someone]) -> None:
    auditor = somebody("auditor")
    assert "What holds" in auditor.get(PAGE).text
    assert "Try a profile out" not in auditor.get(PAGE).text
    assert auditor.fill(PAGE, "/audit", text=TEXT).status_code == 403
    assert somebody("discharge-team").get(PAGE).status_code == 403
