"""A profile is tried out on the last day's messages: what they would say otherwise is counted and named, without values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.intake.agreed import profiles
from ascbridge.operations.changing.profile_trial import CANNOT, DAY_MS, Tried, try_out
from ascbridge.storage.tables import event_log
from tests.intake.revised import itk

if TYPE_CHECKING:
    from tests.web.city import City


def tried(city: City, *changes: tuple[str, str]) -> Tried:
    now, new = city.profiles["itk-v24"], profiles.parse(itk(*changes), "new")
    return city.bridge.read_now(lambda c: try_out(c, city.translator, now, new, city.clock.at_ms))


def test_what_would_be_read_otherwise_is_counted_and_named(empty_city: City) -> None:
    city = empty_city
    city.hear("A03", local_id="L1", visit="V1", nhs_number="", pv1={36: "ZZ", 37: "19"})
    city.hear("A01", local_id="L2", visit="V2", nhs_number="")
    before = len(city.rows(event_log))
    found = tried(city, ("[codes.discharge_method]", '[codes.discharge_method]\nZZ = "1"'))
    assert (found.messages, found.otherwise, found.unread) == (2, 1, 0)
    (one,) = found.examples
    assert "discharge_method" in one.fields
    assert one.before == one.after
    assert "patient-discharged" in one.after
    assert str(found) == "of the last 2 messages of a day 1 would be read otherwise"
    assert len(city.rows(event_log)) == before


def test_somebody_whom_the_door_gave_no_key_is_told_as_another_and_not_as_unreadable(
    empty_city: City,
) -> None:
    empty_city.hear("A01", local_id="L2", visit="V2", nhs_number="", pv1={5: "W2"})
    found = tried(empty_city, ('visit_number = ["PV1-19.1"]', 'visit_number = ["PV1-5.1"]'))
    assert (found.otherwise, found.unread) == (1, 0)


def test_what_could_not_be_read_at_all_is_told(empty_city: City) -> None:
    empty_city.hear("A01", local_id="L2", visit="V2", nhs_number="")
    now = empty_city.profiles["itk-v24"]
    new = now.model_copy(update={"meaning": now.meaning.model_copy(update={"max_hours_ahead": -1e9})})
    found = empty_city.bridge.read_now(
        lambda c: try_out(c, empty_city.translator, now, new, empty_city.clock.at_ms)
    )
    assert (found.unread, [one.after for one in found.examples]) == (1, [CANNOT])
    assert str(found).endswith("1 of them could not be read")


def test_what_is_older_than_a_day_is_not_tried(empty_city: City) -> None:
    empty_city.hear("A01", local_id="L2", visit="V2", nhs_number="")
    empty_city.clock.at_ms += DAY_MS + 1
    assert tried(empty_city).messages == 0
