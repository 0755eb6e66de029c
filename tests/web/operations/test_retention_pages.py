"""What retention did, on its page, under /api, and for those who may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.logs import retention_rounds
from ascbridge.events.logs.retention_rounds import Portion
from ascbridge.storage.tables import bridge_round, kept_round

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone


def test_the_page_says_what_was_removed_what_was_left_and_what_failed(
    somebody: Callable[..., Someone], city: City
) -> None:
    engineer = somebody("it-operations")
    before = engineer.get("/operations/retention").text
    assert "As long as the record" in before
    assert "365 days" in before
    assert "None yet" in before
    assert 'href="/operations/retention"' in engineer.get("/operations").text
    now_ms = city.clock.at_ms
    came_to = Portion(1_234, 5, 6, 7)
    city.kept.write_now(lambda c: retention_rounds.ended(c, kept_round, "refused", came_to, now_ms, now_ms))
    city.bridge.write_now(
        lambda c: retention_rounds.failed(c, bridge_round, "letters", "OperationalError", 0, now_ms, now_ms)
    )
    page = engineer.get("/operations/retention").text
    assert "1,234" in page
    assert "the last round failed" in page
    found = {one["kind"]: one for one in engineer.get("/api/operations/retention").json()}
    assert set(found) == {"messages", "refused", "changes", "letters", "alerts", "events", "counts"}
    assert found["messages"]["days"] == 0
    refused = found["refused"]
    assert [refused[name] for name in ("removed", "unresolved", "on_hold", "in_touch")] == [1_234, 5, 6, 7]
    assert found["letters"]["fault"] == "OperationalError"


def test_who_works_at_the_desk_does_not_see_it(somebody: Callable[..., Someone]) -> None:
    assert somebody("discharge-team").get("/operations/retention").status_code == 403
    assert somebody("discharge-team").get("/api/operations/retention").status_code == 403
