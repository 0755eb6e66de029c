"""Why one given patient has no task is found in a browser, from visible text, in at most five actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.operations.no_task_causes import CAUSES, NAMED, NUMBER
from tests.web.test_pages_in_browser import _no_window_stays_open, barriers, chromium, open_page, sign_in

if TYPE_CHECKING:
    from tests.web.conftest import Site

__all__ = ["_no_window_stays_open", "chromium"]
pytestmark = pytest.mark.browser
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Hands:
    """What somebody does who reads the screen: each act goes by words that are seen, and is counted."""

    def __init__(self, page: Any) -> None:
        self.page, self.acts = page, 0

    def follow(self, words: str) -> None:
        self._act(self.page.get_by_role("link", name=words, exact=True)).click()

    def type(self, label: str, text: str) -> None:
        self._act(self.page.get_by_label(label, exact=True)).fill(text)

    def press(self, words: str) -> None:
        self._act(self.page.get_by_role("button", name=words, exact=True)).click()

    def _act(self, found: Any) -> Any:
        assert found.is_visible()
        self.acts += 1
        return found


def whole(page: Any) -> None:
    """No barrier, and nothing wider than a telephone."""
    assert barriers(page) == []
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert not page.evaluate(WIDER), (page.url, width)


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
@pytest.mark.parametrize("cause", CAUSES)
def test_the_cause_and_what_to_do_are_found_in_five_actions(
    site: Site,
    chromium: Any,
    cause: str,
    script: bool,  # noqa: FBT001  # both are tried
) -> None:
    comes_about, words = CAUSES[cause]
    comes_about(site.city)
    page = open_page(chromium, java_script_enabled=script)
    sign_in(page, site, "it-operations", "Ola Green")
    page.goto(f"{site.address}/operations")
    hands = Hands(page)
    hands.follow("Why has somebody no task?")
    hands.type("NHS number", NUMBER)
    hands.type("Why you ask", "the ward rang")
    hands.press("Find out why")
    page.get_by_text(words[0]).first.wait_for()
    seen = page.inner_text("main")
    assert [one for one in words if one not in seen] == []
    assert hands.acts <= 5
    if script:
        assert NUMBER not in page.url
        assert not [name for name in NAMED if name in page.content()]
        whole(page)
        assert page.faults == []


def test_from_the_answer_one_more_action_leads_to_the_message_hop_by_hop(site: Site, chromium: Any) -> None:
    CAUSES["refused"][0](site.city)
    page = open_page(chromium)
    sign_in(page, site, "it-operations", "Ola Green")
    page.goto(f"{site.address}/operations")
    hands = Hands(page)
    hands.follow("Why has somebody no task?")
    whole(page)
    hands.type("NHS number", NUMBER)
    hands.type("Why you ask", "the ward rang")
    hands.press("Find out why")
    page.get_by_role("link", name="Follow the message").first.click()
    page.get_by_text("Hop by hop").wait_for()
    assert hands.acts < 5
    assert "Received and answered" in page.inner_text("main")
    page.get_by_text("Open what each hop says").click()
    page.fill("#why", "the ward rang")
    page.get_by_role("button", name="Open it").click()
    page.get_by_role("heading", name="What it says").wait_for()
    whole(page)
    assert not [name for name in NAMED if name in page.content()]
    assert page.faults == []
