"""What is kept of alerts, of planned work, and of what processes say of themselves."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from ascbridge.alerts import alert_store
from ascbridge.alerts.alert_rules import Window
from ascbridge.alerts.alert_store import CannotAnswer
from tests.alerts.test_alerter import OLA, city
from tests.web.city import MINUTE, NOON

if TYPE_CHECKING:
    from tests.web.city import City

__all__ = ["city"]


@pytest.mark.parametrize(
    "about, minutes, said",
    [
        ("sink:x", 60, "there is no sink:x"),
        ("all", -1, "after it begins"),
        ("all", 8 * 24 * 60, "seven days"),
    ],
)
def test_work_that_cannot_be_planned(city: City, about: str, minutes: int, said: str) -> None:
    wanted = Window(0, about, NOON, NOON + minutes * MINUTE, "a release", "")
    with pytest.raises(CannotAnswer, match=said):
        city.bridge.write_now(
            partial(alert_store.plan, wanted=wanted, known={"sink:icr"}, who=OLA, now_ms=NOON)
        )


def test_what_processes_say_of_their_parts(city: City) -> None:
    city.bridge.write_now(
        partial(alert_store.say_of_parts, member="intake a", parts={"x": "stuck", "y": ""}, now_ms=1)
    )
    assert city.bridge.read_now(partial(alert_store.said_of_parts, now_ms=2)) == (
        {("intake a", "x"): "stuck"},
        frozenset(),
    )
    late = 2 + alert_store.STALE_MS
    assert city.bridge.read_now(partial(alert_store.said_of_parts, now_ms=late)) == (
        {},
        frozenset({"intake a"}),
    )
    city.bridge.write_now(partial(alert_store.left, member="intake a"))
    assert city.bridge.read_now(partial(alert_store.said_of_parts, now_ms=late)) == ({}, frozenset())
