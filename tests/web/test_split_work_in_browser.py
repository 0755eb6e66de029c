"""Split-off work in a real browser: no barriers, nothing sideways, and a colleague's act shows by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.storage.tables import task
from tests.web.splitting import act, equipment, has_dementia, split, task_of_evans
from tests.web.test_pages_in_browser import barriers, open_page, sign_in

if TYPE_CHECKING:
    from tests.web.conftest import Site

pytestmark = pytest.mark.browser


def pages(site: Site) -> dict[str, str]:
    """One of every page of split-off work, with something that blocks, that is proposed, and that is to stop."""
    city = site.city
    has_dementia(city)
    equipment(city, "ordered")
    offered, begun = split(city, "brokerage"), split(city, "transport")
    act(city, offered, "state", "offered", text="A place from Monday")
    act(city, begun, "state", "booked")
    other = next(str(row.task_id) for row in city.rows(task) if b"BAY A" in row.body)
    stopping = split(city, "transport", parent=other)
    act(city, stopping, "state", "booked")
    city.hear("A08", local_id="L101", visit="V101", name="OKAFOR^SAMUEL^^^MR^^L", born="19380702",
              nhs_number="9993000027", pid={30: "Y"})  # fmt: skip
    evans = f"/tasks/{task_of_evans(city).task_id}"
    return {
        "list": "/sub-tasks", "to-tell": "/sub-tasks?view=to-tell", "empty": "/sub-tasks?view=closed-today&team=none",
        "task": evans, "blocked": f"{evans}/complete", "kinds": f"{evans}/split-off",
        "form": f"{evans}/split-off?kind=equipment", "sub-task": f"/sub-tasks/{offered}",
        "stopping": f"/sub-tasks/{stopping}", "pack": f"{evans}/pack", "assessment": f"{evans}/assessment",
    }  # fmt: skip


def test_no_page_of_split_off_work_has_a_barrier_or_scrolls_sideways(site: Site, chromium: Any) -> None:
    page = open_page(chromium)
    addresses = pages(site)
    sign_in(page, site)
    for name, path in addresses.items():
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(site.address + path)
            assert not page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            ), (name, width)
            assert barriers(page) == [], (name, width)
    assert page.faults == []
    page.goto(site.address + addresses["form"])
    page.get_by_role("button", name="Split it off").click()
    page.wait_for_selector(".nhsuk-error-summary")
    assert barriers(page) == []


def test_what_another_team_does_shows_on_the_open_task_by_itself(site: Site, chromium: Any) -> None:
    id = split(site.city, "transport")
    page = open_page(chromium)
    sign_in(page, site)
    page.goto(f"{site.address}/tasks/{task_of_evans(site.city).task_id}")
    page.get_by_text("To be booked").wait_for()
    act(site.city, id, "state", "booked")
    page.get_by_text("Booked", exact=True).wait_for()


def test_work_is_split_off_and_done_without_scripts(site: Site, chromium: Any) -> None:
    page = open_page(chromium, java_script_enabled=False)
    sign_in(page, site)
    page.goto(f"{site.address}/tasks/{task_of_evans(site.city).task_id}")
    page.get_by_role("link", name="Split work off").click()
    page.get_by_role("link", name="Transport home").click()
    page.get_by_role("button", name="Split it off").click()
    page.get_by_role("link", name="Transport home").click()
    page.get_by_label("Taken home").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("It is noted how far it is.").wait_for()
