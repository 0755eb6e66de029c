"""Mending a message, and sending many again, in a browser: without a barrier on any page, and without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.web.operations.test_mend_pages import NAMED, letter
from tests.web.test_pages_in_browser import _no_window_stays_open, barriers, chromium, open_page, sign_in

if TYPE_CHECKING:
    from tests.web.conftest import Site

__all__ = ["_no_window_stays_open", "chromium"]
pytestmark = pytest.mark.browser
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def whole(page: Any) -> None:
    """No barrier, nothing wider than a telephone, nobody named."""
    assert barriers(page) == []
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert not page.evaluate(WIDER), (page.url, width)
    assert not [name for name in NAMED if name in page.content()]


def test_a_code_is_put_right_and_takes_effect(site: Site, chromium: Any) -> None:
    page = open_page(chromium)
    address = letter(site.city)
    sign_in(page, site, "it-operations", "Ola Green")
    page.goto(site.address + address)
    page.get_by_role("link", name="Mend").click()
    page.fill("#why", "the ward rang")
    page.get_by_role("button", name="Open it").click()
    page.wait_for_selector("#place_0")
    whole(page)
    page.fill("#place_0", "PV9-1")
    page.get_by_role("button", name="Try it out").click()
    page.wait_for_selector(".nhsuk-error-summary")
    whole(page)
    page.fill("#place_0", "PV1-4")
    page.fill("#value_0", "21")
    page.get_by_role("button", name="Try it out").click()
    page.wait_for_url("**/operations/changes/**")
    whole(page)
    page.get_by_role("button", name="Let it take effect").click()
    page.get_by_text("It has taken effect").wait_for()
    whole(page)
    page.goto(f"{site.address}/operations/changes")
    whole(page)
    # Refused by us on purpose: the browser says so too.
    assert [one for one in page.faults if "422" not in one] == []


def test_all_of_one_cause_are_sent_again_without_javascript(site: Site, chromium: Any) -> None:
    page = open_page(chromium, java_script_enabled=False)
    letter(site.city)
    sign_in(page, site, "it-operations", "Ola Green")
    page.goto(f"{site.address}/operations/dead-letters")
    page.get_by_role("link", name="Send all again").first.click()
    page.get_by_text("Go through").wait_for()
    page.get_by_role("button", name="Send them again").click()
    page.wait_for_selector(".nhsuk-error-summary")
    page.fill("#why", "the profile is mended")
    page.get_by_role("button", name="Send them again").click()
    page.get_by_text("It has begun").wait_for()
    for button, said in (("Pause", "It is held still"), ("Go on", "It goes on"), ("Stop", "It has ended")):
        page.get_by_role("button", name=button).click()
        page.locator(".asc-done", has_text=said).wait_for()
    assert not [name for name in NAMED if name in page.content()]
