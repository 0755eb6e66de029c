"""Alerts as pages and for programs: seen, acknowledged, and planned work; who only looks is offered nothing to do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ascbridge.alerts import alert_store
from ascbridge.alerts.alert_rules import Terms, Trouble
from ascbridge.alerts.alert_store import Routes, Watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

DOWN = Trouble("sink-down", "sink:icr", "Shared record takes nothing: HTTP 503")


def judge(city: City, *troubles: Trouble, later_ms: int = 0) -> None:
    now_ms = city.clock.now_ms() + later_ms
    city.bridge.write_now(
        partial(
            alert_store.judge,
            troubles=troubles,
            terms=Terms(),
            routes=Routes(),
            watched=Watched(),
            now_ms=now_ms,
        )
    )


def test_an_alert_from_its_beginning_to_its_end(somebody: Callable[..., Someone], city: City) -> None:
    engineer = somebody("it-operations", "Ola Green")
    assert "Nothing is wrong." in engineer.get("/operations/alerts").text
    judge(city, DOWN)
    judge(city, DOWN, later_ms=6_000)
    assert DOWN.text in engineer.get("/operations/alerts").text
    page = engineer.get("/operations/alerts/1").text
    for said in ("Nothing can be sent", "recover.md#a-sink-is-down", "I have it"):
        assert said in page
    done = engineer.fill("/operations/alerts/1/acknowledge", "/operations/alerts/1", why="restarting it")
    assert done.status_code == 303
    page = engineer.get("/operations/alerts/1").text
    assert "Ola Green: restarting it" in page
    assert "I have it" not in page
    judge(city, later_ms=60_000)
    assert "Nothing is wrong." in engineer.get("/operations/alerts").text
    assert engineer.get("/operations/alerts/9").status_code == 404


def test_somebody_plans_work_and_ends_it(somebody: Callable[..., Someone]) -> None:
    engineer, path = somebody("it-operations", "Ola Green"), "/operations/maintenance"
    wrong = engineer.fill(path, about="sink:icr", begins="tomorrow", minutes="x", why=" ")
    assert wrong.status_code == 422
    for said in ("Say when it begins", "Say for how many minutes", "Say why"):
        assert said in wrong.text
    assert engineer.fill(path, about="sink:other", minutes="60", why="a release").status_code == 422
    assert engineer.fill(path, about="sink:icr", minutes="60", why="a release").status_code == 303
    page = engineer.get("/operations/alerts").text
    assert "by Ola Green: a release" in page
    assert engineer.fill("/operations/maintenance/1/end", "/operations/alerts").status_code == 303
    assert "a release" not in engineer.get("/operations/alerts").text
    assert engineer.fill("/operations/maintenance/1/end", "/operations/alerts").status_code == 404


def test_who_only_looks_is_offered_nothing_to_do(somebody: Callable[..., Someone], city: City) -> None:
    judge(city, DOWN)
    auditor = somebody("auditor")
    assert "I have it" not in auditor.get("/operations/alerts/1").text
    assert "Plan work" not in auditor.get("/operations/alerts").text
    assert auditor.get("/operations/maintenance").status_code == 403
    assert somebody("discharge-team").get("/operations/alerts").status_code == 403
