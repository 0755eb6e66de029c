"""What is urgent in a real browser: on a telephone, without a barrier, live, and the handover sheet on one printed page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.fixtures import started
from tests.web.nights import clock, leaves_by_herself, matter_once, night_did
from tests.web.test_pages_in_browser import barriers, open_page, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.conftest import Site

pytestmark = pytest.mark.browser
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with started() as browser:
        yield browser


@pytest.fixture(autouse=True)
def _no_window_stays_open(chromium: Any) -> Iterator[None]:
    yield
    for context in chromium.contexts:
        context.close()


def test_a_night_on_a_telephone(site: Site, chromium: Any) -> None:
    id = leaves_by_herself(site.city)
    page = open_page(chromium)
    page.set_viewport_size({"width": 375, "height": 780})
    sign_in(page, site, "out-of-hours", "Ola Night")
    page.wait_for_url("**/night")
    assert barriers(page) == []
    page.get_by_role("link", name="EVANS, Mary Joy (Mrs)").click()
    page.wait_for_url(f"**/night/{id}")
    for width in (320, 375, 1280):
        page.set_viewport_size({"width": width, "height": 780})
        assert not page.evaluate(SIDEWAYS), width
        assert barriers(page) == [], width
    assert page.faults == []
    page.get_by_role("button", name="Write the call down").click()
    page.wait_for_selector(".nhsuk-error-summary")
    assert barriers(page) == []
    page.get_by_label("The person themselves").check()
    page.get_by_label("They answered").check()
    page.get_by_role("button", name="Write the call down").click()
    page.wait_for_selector("text=Rang: The person themselves. Reached")


def test_what_becomes_urgent_comes_to_an_open_page_by_itself(site: Site, chromium: Any) -> None:
    clock(site.city, "2026-10-18T20:59")
    page = open_page(chromium)
    sign_in(page, site, "out-of-hours", "Ola Night")
    page.wait_for_selector("text=Nothing is urgent now")
    page.evaluate("window.sameDocument = true")
    leaves_by_herself(site.city)
    page.wait_for_selector("text=EVANS, Mary Joy (Mrs)")
    assert page.evaluate("window.sameDocument") is True
    assert page.faults == []


def test_the_handover_sheet_is_one_printed_page_and_no_page_about_it_has_a_barrier(
    site: Site, chromium: Any
) -> None:
    page = open_page(chromium)
    id = leaves_by_herself(site.city, "2026-10-18T19:30")
    for number in range(6):
        night_did(site.city, id, "ring", "ward", text=f"They will ring back, {number}")
    matter_once(site.city)
    clock(site.city, "2026-10-18T19:55")
    task = site.city.task_of(1).task_id
    sign_in(page, site)
    page.goto(f"{site.address}/night")
    assert page.get_by_text("Then Emergency Out of Hours").is_visible()
    for path in ("/worklist", "/night", f"/night/{id}", f"/tasks/{task}/urgent", "/worklist/handover"):
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(site.address + path)
            assert not page.evaluate(SIDEWAYS), (path, width)
            assert barriers(page) == [], (path, width)
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1
