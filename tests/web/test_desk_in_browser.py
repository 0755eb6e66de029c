"""The desk in a real browser: five questions in three actions at most, rows that stay where the hand is, one printed page,
and everything but live update without JavaScript.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.web.discharge.desk_views import DESK_VIEWS
from tests.web.city import MINUTE, zu1
from tests.web.test_pages_in_browser import barriers, chromium, open_page, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.city import City
    from tests.web.conftest import Site

pytestmark = pytest.mark.browser
__all__ = ["chromium"]
NORA = {"local_id": "L300", "visit": "V300", "name": "NEWCOMER^NORA^^^MRS^^L", "born": "19360229",
        "nhs_number": "9993000116", "ward": "W12^BAY 5^BED 1^RKB01"}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_window_stays_open(chromium: Any) -> Iterator[None]:
    yield
    for context in chromium.contexts:
        context.close()


class Hands:
    """Somebody who sees text and accessible names only, and counts what they do."""

    def __init__(self, page: Any) -> None:
        self.page, self.actions = page, 0

    def follow(self, name: str) -> None:
        """Choose the link with exactly that accessible name."""
        self.actions += 1
        before = self.page.url
        self.page.get_by_role("link", name=name, exact=True).first.click()
        self.page.wait_for_url(lambda url: url != before)

    def reads(self, *texts: str) -> None:
        """What the page says, to everybody."""
        shown = " ".join(self.page.inner_text("main").split())
        for text in texts:
            assert text in shown, (text, shown)


def newcomer(city: City) -> None:
    """A person who is ready since hours ago: their task stands at the head of the list."""
    hours = 60 * MINUTE
    city.hear("A01", city.clock.at_ms - 20 * hours, **NORA)
    city.hear("A16", city.clock.at_ms - 12 * hours, **NORA, extra=(zu1("Y", "20261017"),))


def test_five_questions_are_answered_in_three_actions_at_most(site: Site, chromium: Any) -> None:
    site.city.clock.at_ms += MINUTE
    theirs = open_page(chromium)
    sign_in(theirs, site, name="Ola Green")
    theirs.get_by_role("link", name="OKAFOR, Samuel (Mr)", exact=True).first.click()
    theirs.get_by_role("button", name="Claim it").click()
    theirs.wait_for_url("**?done=claim")
    page = open_page(chromium)
    sign_in(page, site)
    home = page.url

    def asks() -> Hands:
        page.goto(home)
        return Hands(page)

    # What do I do next?
    asks().reads("Do next EVANS, Mary Joy (Mrs) Born 14 Mar 1941 (85) NHS number 999 300 0019 Overdue by")
    # Why is this person here?
    why = asks()
    why.follow("EVANS, Mary Joy (Mrs)")
    why.reads("Ready to leave", "Rule")
    assert page.get_by_role("heading", name=re.compile("Why", re.IGNORECASE)).count() >= 1
    assert why.actions <= 3
    # What changed today?
    changed = asks()
    changed.follow("Changed today")
    changed.reads("What changed today", "Ola Green claimed the task", "task opened")
    assert changed.actions <= 3
    # Who has it?
    has = asks()
    row = page.get_by_role("row", name=re.compile("OKAFOR, Samuel"))
    assert "Ola Green" in row.inner_text()
    has.follow("OKAFOR, Samuel (Mr)")
    has.reads("Ola Green")
    assert has.actions <= 3
    # What will breach?
    breach = asks()
    breach.reads("overdue", "due within the hour")
    breach.follow("Breaches")
    breach.reads("Breaches and near-breaches", "EVANS, Mary Joy (Mrs)", "Breaches soon")
    assert breach.actions <= 3
    assert page.faults == []


def watched(site: Site, chromium: Any) -> tuple[Any, Any]:
    """A page whose live link stands, and the row of somebody in its midst."""
    page = open_page(chromium)
    sign_in(page, site)
    page.evaluate("window.sameDocument = true")
    row = page.locator("[data-list] [data-row]", has_text="OKAFOR, Samuel")
    row.wait_for()
    return page, row


def top(row: Any) -> float:
    return round(row.bounding_box()["y"], 1)


def shows_when_asked(site: Site, page: Any, row: Any) -> None:
    """A change comes: the row stays, the page says so, and shows it when it is asked."""
    before, rows = top(row), page.locator("[data-list] [data-row]").count()
    newcomer(site.city)
    button = page.get_by_role("button", name="1 change, show")
    button.wait_for()
    assert "1 change waits" in page.inner_text("#said")
    assert (top(row), page.locator("[data-list] [data-row]").count()) == (before, rows)
    assert barriers(page) == []
    site.city.hear("A02", **{**NORA, "ward": "W44^BAY 1^BED 7^RKB01"})  # of the same person: still one change
    site.city.hear("A16", local_id="L103", visit="V103", extra=("PV2|||||||||20261023", zu1("Y", "")))
    two = page.get_by_role("button", name="2 changes, show")
    two.wait_for()
    assert top(row) == before
    two.press("Enter")
    page.get_by_role("link", name="NEWCOMER, Nora (Mrs)", exact=True).first.wait_for()
    assert page.locator("[data-list] [data-row]").count() == rows + 1
    assert not two.is_visible()
    assert page.evaluate("document.activeElement.id") == "maincontent"
    assert page.evaluate("window.sameDocument") is True
    assert page.faults == []


def test_a_row_with_the_focus_is_not_moved_by_a_live_change(site: Site, chromium: Any) -> None:
    page, row = watched(site, chromium)
    row.get_by_role("link").first.focus()
    shows_when_asked(site, page, row)


def test_a_row_under_the_pointer_is_not_moved_by_a_live_change(site: Site, chromium: Any) -> None:
    page, row = watched(site, chromium)
    row.scroll_into_view_if_needed()
    box = row.bounding_box()
    for n in (4, 8):
        page.mouse.move(box["x"] + box["width"] / 2 + n, box["y"] + box["height"] / 2)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shows_when_asked(site, page, row)


def test_a_row_at_hand_stays_where_it_is_when_a_feed_is_late_and_minutes_pass(
    site: Site, chromium: Any
) -> None:
    page, row = watched(site, chromium)
    page.set_viewport_size({"width": 1280, "height": 600})
    row.get_by_role("link").first.focus()
    before = top(row)
    site.city.clock.at_ms += 120 * MINUTE
    newcomer(site.city)
    page.wait_for_selector("text=Late feed")
    page.get_by_role("button", name=re.compile("changes?, show")).wait_for()
    assert top(row) == before
    assert page.faults == []


def test_looking_for_a_name_and_what_comes_of_it_have_no_barrier(site: Site, chromium: Any) -> None:
    page = open_page(chromium)
    sign_in(page, site)
    for name, said in (
        ("okafor", "1 task, looked for in what"),
        ("nobody", "Nobody on your list"),
        ("x", "at least 2 letters"),
    ):
        page.goto(site.address + "/worklist")
        page.get_by_label("Name on your team's list").fill(name)
        page.get_by_role("button", name="Find", exact=True).click()
        page.wait_for_url("**/worklist/find")
        assert said in page.inner_text("main")
        assert barriers(page) == [], name
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)


def test_where_no_row_is_at_hand_a_change_shows_by_itself(site: Site, chromium: Any) -> None:
    page, _ = watched(site, chromium)
    page.mouse.move(2, 2)
    newcomer(site.city)
    page.get_by_role("link", name="NEWCOMER, Nora (Mrs)", exact=True).first.wait_for()
    assert not page.locator("#show-held").is_visible()
    assert page.faults == []


def test_the_huddle_sheet_prints_on_one_page_however_many_there_are(site: Site, chromium: Any) -> None:
    city = site.city
    for number in range(30):
        fields = {"local_id": f"L8{number:02}", "visit": f"V8{number:02}", "nhs_number": "", "born": "19330101",
                  "name": f"FEATHERSTONEHAUGH-CHOLMONDELEY^BARTHOLOMEW{number}^^^DR^^L",
                  "ward": f"WARD {number} EAST^BAY 12^BED {number}^RKB01"}  # fmt: skip
        city.hear("A01", city.clock.at_ms - 120 * MINUTE, **fields)
        city.hear("A16", city.clock.at_ms - 90 * MINUTE, **fields, extra=(zu1("Y", "20261018"),))
    page = open_page(chromium)
    sign_in(page, site)
    page.goto(f"{site.address}/worklist/huddle")
    assert "And 15 more tasks that are due later" in page.inner_text("main")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1


def test_every_view_works_without_javascript_but_for_live_update(site: Site, chromium: Any) -> None:
    page = open_page(chromium, java_script_enabled=False)
    sign_in(page, site)
    for href, name in DESK_VIEWS:
        page.goto(site.address + "/worklist")
        page.get_by_role("navigation", name="Views of the desk").get_by_role("link", name=name).click()
        page.wait_for_url(site.address + href)
        assert page.get_by_role("heading", level=1).count() == 1
        page.get_by_text("Narrow this list").click()
        page.get_by_label("Ward", exact=True).select_option("W21, RKB01")
        page.get_by_role("button", name="Show", exact=True).click()
        page.wait_for_url("**ward=W21*")
        assert "Only Ward: W21, RKB01" in page.inner_text("main"), name


def test_the_desk_is_walked_through_by_keyboard_and_by_landmarks(site: Site, chromium: Any) -> None:
    page = open_page(chromium)
    sign_in(page, site)
    for role, name in (("banner", None), ("main", None), ("contentinfo", None), ("navigation", "Main"),
                       ("navigation", "Views of the desk"), ("navigation", "Lists")):  # fmt: skip
        found = page.get_by_role(role, name=name) if name else page.get_by_role(role)
        assert found.count() == 1, (role, name)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to the main content
    names = []
    for _ in range(60):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent.trim()"))
    assert names[: len(DESK_VIEWS)] == [name for _, name in DESK_VIEWS]
    assert "EVANS, Mary Joy (Mrs)" in names
    assert "OKAFOR, Samuel (Mr)" in names
