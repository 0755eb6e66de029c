"""A message is read by the version that held when it was received, and its codes by the one that holds now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.intake.reading.map_versions import MapRow
from ascbridge.intake.reading.readings import Readings
from tests.intake.agreed.test_profiles_in_force import put
from tests.intake.revised import itk

if TYPE_CHECKING:
    from tests.web.city import City

LATER = itk(
    ("[codes.discharge_method]", '[codes.discharge_method]\nZZ = "1"'),
    ("max_hours_ahead = 24", "max_hours_ahead = 7"),
)


def test_the_stamp_names_the_version_and_the_map_where_the_codes_are_of_a_later_one(empty_city: City) -> None:
    now = [50]
    readings = Readings(empty_city.profiles, lambda: now[0])
    own = readings.stamp_now("itk-v24")
    put(empty_city, LATER, 100)
    empty_city.bridge.read_now(readings.adopt)
    assert readings.of("itk-v24", 60)[1] == own
    now[0] = 200
    empty_city.bridge.read_now(readings.adopt)
    before, stamp = readings.of("itk-v24", 60)
    assert before.meaning.max_hours_ahead == 24
    assert before.code("discharge_method", "ZZ") == "1"  # what waited for a code is completed
    assert stamp.startswith(f"{own}+")
    after, later = readings.of("itk-v24", 100)
    assert after.meaning.max_hours_ahead == 7
    assert "+" not in later
    assert later == readings.stamp_now("itk-v24") != own


def test_a_dry_run_has_a_row_or_a_profile_of_its_own_and_changes_nothing(empty_city: City) -> None:
    readings = Readings(empty_city.profiles, lambda: 50)
    row = readings.with_row(MapRow("itk-v24", "discharge_method", "ZZ", "2"))
    assert row.profiles["itk-v24"].code("discharge_method", "ZZ") == "2"
    other = empty_city.profiles["itk-v24"].model_copy(update={"codes": {}})
    assert readings.with_profile(other).of("itk-v24", 1)[0].codes == {}
    assert readings.profiles["itk-v24"] == empty_city.profiles["itk-v24"]
    readings.relearn({"itk-v24": other})
    assert readings.profiles["itk-v24"].codes == {}
