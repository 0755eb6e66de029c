"""Safeguarding in a real browser: no barrier that axe-core finds, no page too wide, live by itself, and without script."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.safeguarding.behind import said
from tests.servers.fixtures import started
from tests.web.conftest import Site, serve_app
from tests.web.test_pages_in_browser import barriers, open_page, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.walled import WalledCity

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with started() as browser:
        yield browser


@pytest.fixture
def walled_site(walled: WalledCity) -> Iterator[Site]:
    made, thread = serve_app(walled.city, walled.app)
    yield made
    assert isinstance(thread, threading.Thread)
    made.app.state.live.stop()
    made.server.should_exit = True
    thread.join(60)


def test_no_page_of_safeguarding_has_a_barrier_or_scrolls_sideways(
    walled: WalledCity, walled_site: Site, chromium: Any
) -> None:
    new = walled.concern_of(walled.behind.take(said(capacity="no", source_named=("Gareth Evans",))))
    late = walled.behind.take(said(origin="ambulance", account="Again"))
    walled.behind.act(late, "decide", choice="s42-enquiry", text="Why", lead="Omar Khan")
    enquiry = walled.concern_of(late)
    closed = walled.behind.take(said(account="A third time"))
    walled.behind.act(closed, "decide", choice="other-enquiry", text="Why")
    walled.behind.act(closed, "conclude", choice="removed")
    ended = walled.concern_of(closed)
    page = open_page(chromium)
    sign_in(page, walled_site, "safeguarding")
    for path in ("/safeguarding", "/safeguarding?view=closed", "/safeguarding/audit", "/safeguarding/learning", "/safeguarding/invitation", new, enquiry, f"{new}/decide",
                 f"{new}/record", f"{new}/document", f"{new}/hand-over", f"{new}/keep-out", f"{new}/note",
                 f"{new}/accept", f"{enquiry}/conclude", f"{ended}/invite", f"{new}/conclude", "/raise-concern",
                 "/raise-concern/taken/SG-22222222"):  # fmt: skip
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(walled_site.address + path)
            assert page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            ), (path, width)
        assert barriers(page) == [], path
    page.goto(walled_site.address + "/raise-concern")
    page.get_by_role("button", name="Raise the concern").click()
    page.wait_for_selector(".nhsuk-error-summary")
    assert barriers(page) == []


def test_a_concern_appears_on_the_open_list_without_a_reload(
    walled: WalledCity, walled_site: Site, chromium: Any
) -> None:
    page = open_page(chromium)
    sign_in(page, walled_site, "safeguarding")
    page.goto(walled_site.address + "/safeguarding")
    assert page.get_by_text("There is nothing on this list.").is_visible()
    walled.behind.take()
    page.get_by_role("link", name="EVANS, MARY").wait_for()
    assert page.faults == []


def test_a_concern_is_raised_and_decided_without_script(
    walled: WalledCity, walled_site: Site, chromium: Any
) -> None:
    page = open_page(chromium, java_script_enabled=False)
    sign_in(page, walled_site, "safeguarding")
    page.goto(walled_site.address + "/raise-concern")
    page.fill("#family_name", "Evans")
    page.fill("#account", "Bruised")
    page.check('input[name="place"][value="community"]')
    page.check('input[name="origin"][value="gp"]')
    page.get_by_role("button", name="Raise the concern").click()
    assert page.get_by_role("heading", name="The concern is raised").is_visible()
    page.goto(walled_site.address + "/safeguarding")
    page.get_by_role("link", name="EVANS").click()
    page.get_by_role("link", name="Decide what follows").click()
    page.check('input[value="signposted"]')
    page.fill("#text", "Not at risk")
    page.get_by_role("button", name="Decide").click()
    assert page.get_by_role("heading", name="No enquiry: advised or signposted").is_visible()
