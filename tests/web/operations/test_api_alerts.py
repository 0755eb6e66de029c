"""Alerts and planned work for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.web.operations.test_alert_pages import DOWN, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone


def test_the_same_for_programs(somebody: Callable[..., Someone], city: City) -> None:
    someone, at = somebody("it-operations", "Ola Green"), "/api/operations"
    judge(city, DOWN)
    (one,) = someone.get(f"{at}/alerts").json()
    assert (one["cause"], one["state"], one["runbook"]) == (
        "sink-down", "new", "docs/how-to/recover.md#a-sink-is-down",
    )  # fmt: skip
    assert someone.get(f"{at}/alerts/9").status_code == 404
    assert someone.get(f"{at}/alerts?over=true").json() == []
    assert someone.get(f"{at}/maintenance").json() == []
