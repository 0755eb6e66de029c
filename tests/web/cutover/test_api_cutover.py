"""The cut-over for programs: who may look, who may switch, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.events.handlers.switches import EVENT_TYPES
from ascbridge.operations import tokens
from ascbridge.web.app import create_app
from tests.operations.two_systems import NEW, OLD, TwoSystems
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATH = "/api/operations/cutover"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSystems]:
    made = TwoSystems(tmp_path)
    yield made
    made.close()


def caller(city: TwoSystems, role: str) -> Someone:
    text, slip = tokens.mint(city.keyring, role, "script")
    tokens.leave_slip(city.folder, slip)
    return Someone(create_app(city.parts()), headers={"Authorization": f"Bearer {text}"})


def test_each_event_type_is_heard_from_one_feed_and_switched_by_one_call(two: TwoSystems) -> None:
    engineer = caller(two, "it-operations")
    before = engineer.get(PATH).json()
    assert (before["old"], before["new"], before["switches"]) == (OLD, NEW, [])
    assert {(one["live"], one["since_ms"]) for one in before["heard"]} == {(OLD, None)}
    wanted = {"event_types": ["review"], "to": NEW, "why": "the weekend"}
    (done,) = engineer.post(f"{PATH}/switches", json=wanted).json()
    assert (done["event_type"], done["live"], done["against"]) == (EVENT_TYPES["review"], NEW, "")
    after = engineer.get(PATH).json()
    assert [one["word"] for one in after["heard"] if one["live"] == NEW] == ["review"]
    assert after["switches"] == [done]
    again = engineer.post(f"{PATH}/switches", json=wanted)
    assert (again.status_code, "heard already" in again.json()["detail"]) == (409, True)
    assert engineer.post(f"{PATH}/switches", json={**wanted, "event_types": []}).status_code == 422


def test_an_auditor_looks_and_does_not_switch(two: TwoSystems) -> None:
    auditor = caller(two, "auditor")
    assert auditor.get(PATH).status_code == 200
    wanted = {"event_types": ["review"], "to": NEW, "why": "the weekend"}
    assert auditor.post(f"{PATH}/switches", json=wanted).status_code == 403
    assert caller(two, "discharge-team").get(PATH).status_code == 403


def test_without_a_cut_over_there_is_none(somebody: Callable[..., Someone]) -> None:
    engineer = somebody("it-operations")
    assert engineer.get(PATH).json() == {"old": "", "new": "", "heard": [], "switches": []}
