"""A person's record in a real browser: a social worker's ten questions and a duty worker's five, from what can be read.

The questions are those of docs/how-to/read-a-record.md; each is answered by text that is visible, not by what is in the
source of the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.fixtures import started
from tests.web.city import MINUTE
from tests.web.door import EVANS
from tests.web.test_pages_in_browser import barriers, open_page, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.city import City
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


def people_the_case(city: City) -> None:
    """Have the council say what a social worker asks for."""
    things: tuple[dict[str, Any], ...] = (
        {"carer": {"id": "CR-1", "status": "assessed", "name": "Bert Evans", "phone": "01632 960104",
                   "relationship": "husband", "emergency_plan": "yes"}},
        {"legal_power": {"id": "LP-1", "status": "held", "kind": "lasting-power-health", "name": "Ann Evans",
                         "phone": "01632 960105"}},
        {"communication": {"language": "pl", "interpreter": "yes", "needs": ["large-print"]}},
    )  # fmt: skip
    for thing in things:
        city.clock.at_ms += 1000
        city.council(*EVANS, next(iter(thing)), **thing)
    city.clock.at_ms += 5 * MINUTE  # what was written within a minute before a look counts as unseen


def read(page: Any, part: str) -> str:
    """Return what can be seen of a section, by its heading's place."""
    return " ".join(str(page.locator(f"section[aria-labelledby={part}]").inner_text()).split())


def test_a_social_workers_ten_questions_are_answered(site: Site, chromium: Any) -> None:
    city, page = site.city, open_page(chromium)
    people_the_case(city)
    path = f"{site.address}/people/{city.task_of(0).person_id}"
    sign_in(page, site, "locality-team", "Amina Yusuf")
    page.goto(path)
    page.wait_for_selector("text=You have not looked at this person before")
    city.clock.at_ms += 60 * MINUTE
    thing = {"id": "E-9", "category": "equipment", "status": "ordered", "kind": "Walking frame"}
    city.council(*EVANS, "equipment", equipment=thing)
    page.goto(path)

    who = " ".join(page.locator(".asc-who").inner_text().split())
    assert "EVANS, Mary" in who  # 1: who is this?
    assert "14 Mar 1941" in who
    assert "999 300 0019" in who
    news = read(page, "changed-title")  # 2: what changed since I last looked?
    assert "1 change since" in news
    assert "Equipment and telecare" in news
    stays = read(page, "stays-title")
    assert "In hospital, admitted" in stays  # 3: are they in hospital, where, since when?
    assert "W12 BAY 3, BED 4" in stays
    assert "Ready to leave since 17 Oct 2026" in stays  # 4: may they leave, and when is it planned?
    assert "Planned discharge 19 Oct 2026" in stays
    tasks = read(page, "tasks-title")  # 5: who arranges that, how far is it, by when?
    assert "Community Discharge Team. Overdue" in tasks
    calls = read(page, "call-title")
    assert "Amina Yusuf" in calls  # 6: who looks after them, whom do I call?
    assert "Unpaid carer, husband Bert Evans, 01632 960104" in calls  # 7: who cares, and what if they cannot?
    assert "There is a plan for when they cannot care" in calls
    assert "May decide: lasting power health Ann Evans" in calls  # 8: who may decide for them?
    care = read(page, "care-title")
    assert "Home support, four calls a day, live" in care  # 9: what is in place now?
    assert "Polish" in care  # 10: how do I speak to them?
    assert "large print" in care
    assert barriers(page) == []
    for width in (1280, 375, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert not page.evaluate(SIDEWAYS), width
    assert page.faults == []


def test_a_duty_workers_five_questions_are_answered(site: Site, chromium: Any) -> None:
    city, page = site.city, open_page(chromium, java_script_enabled=False)
    people_the_case(city)
    path = f"/people/{city.task_of(0).person_id}"
    page.goto(site.sign_in_address())
    page.fill("#name", "Dee Duty")
    page.check('input[value="front-door"]')
    page.get_by_role("button", name="Continue").click()
    page.goto(site.address + path)

    assert "Nothing known connects you" in page.inner_text("main")  # 1: may I open this, and what must I say?
    page.check('input[value="family"]')
    page.fill("#about", "The daughter rang about tonight")
    page.get_by_role("button", name="Write down and open").click()
    care = read(page, "care-title")
    assert "feed last spoke" in care  # 2: is what stands here fresh?
    assert "Equipment and telecare None recorded" in care  # 3: does a blank mean that there is nothing?
    assert "None of it means that there is nothing" in care
    assert "no telephone stated" in read(page, "call-title")  # 4: whom do I ring tonight?
    assert "Bert Evans, 01632 960104" in read(page, "call-title")
    page.get_by_role("link", name="Home support, four calls a day").click()  # 5: who said so, when?
    row = " ".join(page.locator("tr#kind").inner_text().split())
    assert "Adult social care case system" in row
    assert "package.kind" in row
    assert "profile council-facts" in page.inner_text("main")
