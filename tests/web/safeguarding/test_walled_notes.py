"""A note about safeguarding goes behind the wall and leaves nothing on this side of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.people.behind_wall import ToldApart, WallShut
from ascbridge.storage.tables import audit, desk_act, event_log, task
from ascbridge.web.app import create_app
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from tests.web.city import City

CANARY = "Canary: the son takes her money"


class Slot:
    """A wall that remembers what was put through it; it can be shut."""

    def __init__(self) -> None:
        self.told: list[ToldApart] = []
        self.shut = ""

    async def put(self, told: ToldApart) -> None:
        if self.shut:
            raise WallShut(self.shut)
        self.told.append(told)


@pytest.fixture
def slot() -> Slot:
    return Slot()


@pytest.fixture
def woken() -> list[int]:
    return []


@pytest.fixture
def nurse(city: City, slot: Slot, woken: list[int]) -> Someone:
    app = create_app(city.parts(behind_wall=slot, wake=lambda: woken.append(1)))
    return Someone(app).sign_in("discharge-team")


def note(who: Someone, city: City, **fields: Any) -> Any:
    return who.fill(f"/tasks/{city.task_of(0).task_id}/note", **fields)


def test_it_goes_behind_the_wall_and_nothing_of_it_stays(
    nurse: Someone, city: City, slot: Slot, woken: list[int]
) -> None:
    before = (city.rows(desk_act), city.rows(task), len(city.rows(event_log)))
    answer = note(nurse, city, text=CANARY, walled="true")
    assert answer.headers["location"] == f"/tasks/{city.task_of(0).task_id}?done=note"
    (told,) = slot.told
    assert (told.text, told.who, told.role) == (CANARY, "Nia Brown", "discharge-team")
    assert (told.family_name, told.nhs_number, told.birth_date) == ("EVANS", "9993000019", "1941-03-14")
    assert told.person_id == city.task_of(0).person_id
    assert (city.rows(desk_act), city.rows(task), len(city.rows(event_log))) == before
    assert woken == []
    assert {row.what for row in city.rows(audit)} == {"signed in", "task read"}
    raw = b"".join(path.read_bytes() for path in city.folder.rglob("*") if path.is_file())
    assert b"Canary" not in raw
    page = nurse.get(f"/tasks/{city.task_of(0).task_id}").text
    assert "Nobody has done anything here yet" in page
    assert "afeguarding" not in page


def test_the_same_words_are_told_once_and_others_are_another_concern(
    nurse: Someone, city: City, slot: Slot
) -> None:
    for text in (CANARY, CANARY, "Something else"):
        note(nurse, city, text=text, walled="true")
    first, second, third = (told.once for told in slot.told)
    assert first == second != third
    assert "Canary" not in first


def test_a_wall_that_is_shut_keeps_nothing_and_loses_no_typing(
    nurse: Someone, city: City, slot: Slot
) -> None:
    slot.shut = "Ring the safeguarding team."
    answer = note(nurse, city, text=CANARY, walled="true")
    assert answer.status_code == 409
    assert "It is kept nowhere. Ring the safeguarding team." in answer.text
    assert CANARY in answer.text
    assert 'value="true" aria-describedby="walled-hint" checked' in answer.text
    assert city.rows(desk_act) == []


def test_an_empty_one_is_asked_for_and_an_unmarked_one_is_a_note(
    nurse: Someone, city: City, slot: Slot
) -> None:
    assert note(nurse, city, text=" ", walled="true").status_code == 422
    assert note(nurse, city, text="Key safe works").status_code == 303
    assert slot.told == []
    assert [row.act for row in city.rows(desk_act)] == ["note"]


def test_without_a_wall_the_page_says_whom_to_ring_and_keeps_nothing(city: City) -> None:
    nurse = Someone(create_app(city.parts())).sign_in("discharge-team")
    page = nurse.get(f"/tasks/{city.task_of(0).task_id}/note").text
    assert "This is about safeguarding" not in page
    assert (
        "do not write it here: ring your safeguarding lead, or Emergency Out of Hours on 024 7683 2222"
        in page
    )
    answer = note(nurse, city, text=CANARY, walled="true")
    assert answer.status_code == 409
    assert "It is kept nowhere" in answer.text
    assert city.rows(desk_act) == []


def test_only_a_note_can_be_about_it(nurse: Someone, city: City, slot: Slot) -> None:
    path = f"/tasks/{city.task_of(0).task_id}"
    assert "This is about safeguarding" not in nurse.get(f"{path}/ask").text
    nurse.fill(f"{path}/drop", choice="duplicate", text="x", walled="true")
    assert slot.told == []


def test_a_withheld_reason_for_delay_goes_behind_the_wall_and_here_reads_other(
    nurse: Someone, city: City, slot: Slot
) -> None:
    path = f"/tasks/{city.task_of(0).task_id}/delay"
    assert "goes to the safeguarding team alone" in nurse.get(path).text
    slot.shut = "Ring them."
    assert nurse.fill(path, choice="delay-2022-18", text=CANARY).status_code == 409
    assert city.task_of(0).delay == ""
    slot.shut = ""
    nurse.fill(path, choice="delay-2022-18", text=CANARY)
    (told,) = slot.told
    assert told.text.startswith("Reason for delay: Safeguarding concern preventing discharge")
    assert told.text.endswith(CANARY)
    assert city.task_of(0).delay == "other"
    nurse.fill(path, choice="delay-2024-01")
    assert len(slot.told) == 1
    raw = b"".join(file.read_bytes() for file in city.folder.glob("bridge.db*"))
    assert b"delay-2022-18" not in raw
