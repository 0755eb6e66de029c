"""A mental-health trust's wards by the same contract: its sites stand on a profile, and its stays live as any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.events.facts.catalogue import StayChanged
from ascbridge.storage.tables import spell, task
from ascbridge.web.app import create_app
from tests.journeys.test_life_of_a_task import AFTER_LEAVING, TO_ARRANGED, Life
from tests.web.city import City
from tests.web.conftest import Someone
from tests.web.discharge.test_enter_pages import enter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ascbridge.intake.sources.profile import Profile


class TwoTrusts(City):
    """A city whose feed carries the stays of an acute and of a mental-health trust."""

    def _profiles(self) -> dict[str, Profile]:
        found = super()._profiles()
        feed = found["itk-v24"].feed.model_copy(update={"facilities": ("RKB", "RYG")})
        return found | {"itk-v24": found["itk-v24"].model_copy(update={"feed": feed})}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = TwoTrusts(tmp_path)
    yield made
    made.close()


@pytest.fixture
def nurse(city: City) -> Someone:
    return Someone(create_app(city.parts())).sign_in("discharge-team")


def test_a_stay_on_a_mental_health_ward_lives_to_its_close(city: City, nurse: Someone) -> None:
    ada = Life(city, nurse, "9993000019")
    ada.who["ward"] = "AVON^^^RYG"
    ada.admitted().ready().does(*TO_ARRANGED).left().does(*AFTER_LEAVING)
    assert ada.now == ("completed", "done", "discharged")
    (stay,) = [StayChanged.model_validate_json(row.view) for row in city.rows(spell)]
    assert (stay.facility, stay.ward and stay.ward.ward) == ("RYG", "AVON")


def test_what_was_entered_of_such_a_ward_is_joined_by_its_messages(city: City, nurse: Someone) -> None:
    enter(nurse, site="RYG", ward="Avon", birth_date="1941-03-07")
    ada = Life(city, nurse, "9993000019")
    ada.seen.clear()
    ada.who["ward"] = "AVON^^^RYG"
    ada.admitted().ready()
    assert ada.now == ("requested", "new", "ready")
    assert len(city.rows(task)) == 1
