"""The flow map as a page, and what every page says while something is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.handlers import set_aside
from ascbridge.events.logs.log import INBOUND, Record
from ascbridge.web.wording import clock_time
from tests.web.city import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

STOP, BACK = "/operations/flows/feed/itk-v24/stop", "/operations/flows/feed/itk-v24/resume"
FORM = "/operations/flows/feed/itk-v24"


def test_somebody_stops_a_feed_every_page_says_so_and_it_goes_on(
    somebody: Callable[..., Someone], city: City
) -> None:
    engineer, team = somebody("it-operations", "Ola Green"), somebody("discharge-team")
    page = engineer.get("/operations/flows").text
    for said in (
        "Flow map",
        "Feeds",
        "Kinds of events",
        "Services",
        "Where it goes",
        "Shared record",
        "Paused",
    ):
        assert (said in page) is (said != "Paused")
    wrong = engineer.fill(STOP, FORM, mode="pause", why=" ")
    assert wrong.status_code == 422
    assert "Say why it is stopped" in wrong.text
    done = engineer.fill(STOP, FORM, mode="pause", why="The map is wrong", ring="extension 1234")
    assert done.status_code == 303
    one = Record(INBOUND, 0, 900, "L900", {"feed": "itk-v24", "ce_id": "m900"}, b"{}", NOON)
    city.bridge.write_now(lambda c: set_aside.lay(c, "translator", [one]))
    since = clock_time(city.clock.now_ms())
    said = f"is paused since {since} by Ola Green: 1 person&#39;s news is waiting. The map is wrong. Ring extension 1234."
    for page in (engineer.get("/operations/flows").text, team.get("/worklist").text):
        assert f"News from Hospital patient administration system {said}" in page
    assert engineer.fill(STOP, FORM, mode="pause", why="Once more").status_code in {404, 409}
    assert engineer.fill(BACK, FORM, why="It is mended").status_code == 303
    assert "is paused" not in team.get("/worklist").text
    assert engineer.get("/operations/flows/feed/desk").status_code == 404


def test_who_only_looks_is_offered_nothing_to_stop(somebody: Callable[..., Someone]) -> None:
    page = somebody("auditor").get("/operations/flows")
    assert page.status_code == 200
    assert "/operations/flows/feed" not in page.text
    assert somebody("auditor").get(FORM).status_code == 403
    assert somebody("discharge-team").get("/operations/flows").status_code == 403
