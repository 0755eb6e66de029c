"""What to see to about a stay, on the task's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.discharge.stay.prompts import Code
from ascbridge.storage.tables import task
from ascbridge.web.discharge.prompts_shown import TITLES
from tests.web.city import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone


@pytest.fixture
def nurse(somebody: Callable[..., Someone]) -> Someone:
    return somebody("discharge-team")


def package(
    city: City, status: str, who: str = "C100", number: str = "9993000019", name: str = "EVANS"
) -> None:
    city.clock.at_ms += MINUTE
    said = {
        "id": "P1",
        "status": status,
        "kind": "Home support",
        "started_on": "2026-02-01",
        "provider": "Example Care",
    }
    given, born = {"EVANS": ("MARY", "1941-03-14"), "HOLLOWAY": ("JANE", "1970-05-05")}[name]
    city.council(who, number, (name, given), born, "package", package=said)


def first(city: City) -> Any:
    return f"/tasks/{city.task_of(0).task_id}"


def test_every_prompt_has_words() -> None:
    assert set(TITLES) == set(Code.__args__)  # type: ignore[attr-defined]


def test_a_live_package_its_suspension_and_its_restart(nurse: Someone, city: City) -> None:
    page = nurse.get(first(city)).text
    for said in ("In hospital with a live care package", "suspend 1 package", "Integrated Locality Team North looks",
                 "Is somebody who cares for them"):  # fmt: skip
        assert said in page, said
    package(city, "suspended")
    page = nurse.get(first(city)).text
    assert "In hospital with a live care package" not in page
    assert "Ask brokerage to restart 1 package" in page
    package(city, "live")
    assert "Ask brokerage to restart" not in nurse.get(first(city)).text


def test_the_package_itself_stands_beside_the_prompt(nurse: Someone, city: City) -> None:
    package(city, "live")
    assert "<li>Home support, Example Care, since 1 Feb 2026</li>" in nurse.get(first(city)).text
    package(city, "suspended")
    page = nurse.get(first(city)).text
    assert page.index("A care package is suspended") < page.index("<li>Home support, Example Care")


def test_who_comes_to_a_restricted_person_is_not_named(nurse: Someone, city: City) -> None:
    package(city, "live", "C104", "9993000051", "HOLLOWAY")
    (row,) = [one for one in city.rows(task) if "HOLLOWAY" in nurse.get(f"/tasks/{one.task_id}").text]
    page = nurse.get(f"/tasks/{row.task_id}").text
    assert "<li>Home support, since 1 Feb 2026</li>" in page
    assert "Example Care" not in page


def test_a_death_stops_care_and_is_undone_when_it_is_withdrawn(nurse: Someone, city: City) -> None:
    evans = {"local_id": "L100", "visit": "V100", "name": "EVANS^MARY^JOY^^MRS^^L", "born": "19410314",
             "nhs_number": "9993000019"}  # fmt: skip
    city.clock.at_ms += MINUTE
    city.hear("A08", **evans, pid={30: "Y", 29: "20261018"})
    page = nurse.get(first(city)).text
    assert "The person has died: care is to be stopped" in page
    assert "Tell the family nothing from here" in page
    assert "In hospital with a live care package" not in page
    city.clock.at_ms += MINUTE
    city.hear("A08", **evans, pid={30: "N", 29: '""'})
    page = nurse.get(first(city)).text
    assert "care is to be stopped" not in page
    assert "In hospital with a live care package" in page


def test_the_page_tells_how_the_dates_came_about_and_for_how_long_somebody_is_ready(
    nurse: Someone, city: City
) -> None:
    page = nurse.get(first(city)).text
    assert "Ready to leave for 1 day, and still in hospital" in page
    assert "How these dates came about" in page
    left = next(row for row in city.rows(task) if row.signal == "discharged")
    assert "still in hospital" not in nurse.get(f"/tasks/{left.task_id}").text


def test_a_restricted_persons_task_says_whom_to_ring_to_find_them(nurse: Someone, city: City) -> None:
    pages = [nurse.get(f"/tasks/{row.task_id}").text for row in city.rows(task)]
    (hidden,) = [page for page in pages if "Restricted person" in page]
    assert "To find them, ring Emergency Out of Hours, 024 7683 2222" in hidden
    assert "W40" not in hidden
    assert sum("To find them" in page for page in pages) == 1
