"""What every page shows around its own, and the mark by which a live page knows that nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations.flowing.flows import Feed, Heard
from ascbridge.web.layout import Around, mark_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

MINUTE = 60_000
FEED = Feed("itk-v24", "Hospital", 120 * MINUTE)


def around(now_ms: int = 0, last_ms: int | None = 0, *, late: bool = False) -> Around:
    return Around(now_ms, (Heard(FEED, last_ms, late),))


def test_a_mark_changes_with_the_state_the_minute_and_the_feeds_and_with_nothing_else() -> None:
    same = mark_of(around(), "a", 1)
    assert mark_of(around(59_999, 59_999), "a", 1) == same
    others = {
        mark_of(around(), "a", 2), mark_of(around(), "a1"), mark_of(around(MINUTE), "a", 1),
        mark_of(around(0, MINUTE), "a", 1), mark_of(around(late=True), "a", 1), same,
    }  # fmt: skip
    assert len(others) == 6


def test_late_feeds_are_told_apart() -> None:
    assert around(late=True).late == around(late=True).feeds
    assert around().late == ()


def test_the_menu_holds_what_the_role_may_open(somebody: Callable[..., Someone]) -> None:
    menus = {
        "discharge-team": ("/worklist", {"/worklist", "/people"}),
        "it-operations": ("/operations", {"/operations"}),
        "auditor": ("/audit", {"/worklist", "/people", "/operations", "/audit"}),
    }
    for role, (path, wanted) in menus.items():
        page = somebody(role).get(path).text
        menu = page.split('aria-label="Main"')[1].split("</nav>")[0]
        assert {
            one for one in ("/worklist", "/people", "/operations", "/audit") if f'href="{one}"' in menu
        } == wanted
        assert f'href="{path}" aria-current="page"' in menu


def test_names_are_escaped(city: City, somebody: Callable[..., Someone]) -> None:
    city.hear("A08", local_id="L100", visit="V100", name="<SCRIPT>ALERT(1)</SCRIPT>^MARY^^^MRS^^L")
    page = somebody("discharge-team").get("/worklist").text
    assert "<SCRIPT>" not in page
    assert "&lt;SCRIPT&gt;" in page
