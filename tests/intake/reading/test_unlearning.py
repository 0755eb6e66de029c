"""What was read by a row that is taken back is looked at in portions, and nothing else is read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.intake.reading.map_versions import MapRow
from ascbridge.intake.reading.unlearning import unlearn
from ascbridge.storage.tables import event_log
from tests.operations.mending.test_completing import leaves

if TYPE_CHECKING:
    from tests.web.city import City

ROW = MapRow("itk-v24", "discharge_method", "1", "2")


def test_only_what_the_row_would_say_otherwise_is_read_again_and_in_portions(empty_city: City) -> None:
    city = empty_city
    for number, code in enumerate(("1", "3", "1"), start=1):
        leaves(city, code, number)
    before, after, looked_at = len(city.rows(event_log)), "", []
    while last := city.bridge.write_now(lambda c: unlearn(c, city.translator, ROW, 0, after, at_once=2)):  # noqa: B023  # at once
        after = last
        looked_at.append(last)
    assert len(looked_at) == 2
    said = [row for row in city.rows(event_log)[before:] if "patient-discharged" in row.headers]
    assert len(said) == 2  # the two with the code, and not the third


def test_what_was_read_before_is_left_alone(empty_city: City) -> None:
    city = empty_city
    leaves(city, "1")
    before = len(city.rows(event_log))
    later = city.clock.at_ms + 1
    assert city.bridge.write_now(lambda c: unlearn(c, city.translator, ROW, later, "")) == ""
    assert len(city.rows(event_log)) == before
