"""A task opened for a page: who may read the notes, and what stands in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.access import Access
from ascbridge.discharge.acts import desk
from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.people.actor import Actor
from ascbridge.people.membership import restricted
from ascbridge.storage.tables import task
from ascbridge.web.discharge.task_shown import TaskShown, show_stay, show_task

if TYPE_CHECKING:
    from tests.web.city import City


def noted(city: City, task_id: str) -> None:
    sitting = Sitting(city.desk, Actor("Nia Brown", "discharge-team", "work"), 0, city.clock.at_ms)
    city.bridge.write_now(lambda c: desk.note(c, sitting, task_id, "She is at her sister's"))


def shown(city: City, task_id: str, access: Access = Access.full) -> TaskShown:
    found = city.bridge.read_now(
        lambda c: show_task(c, city.parts(), task_id, Lists(city.clock.at_ms), access)
    )
    assert found is not None
    return found


def test_notes_are_read_by_those_who_may(city: City) -> None:
    row = city.task_of(0)
    noted(city, row.task_id)
    assert [one.text for one in shown(city, row.task_id).acts] == ["She is at her sister's"]
    assert shown(city, row.task_id).visit == "V100"
    masked = shown(city, row.task_id, Access.masked)
    assert [one.text for one in masked.acts] == ["A text that your role is not shown"]
    assert masked.visit == ""


def test_a_restricted_persons_notes_are_shown_to_nobody(city: City) -> None:
    hidden = city.bridge.read_now(lambda c: restricted(c, [row.patient_key for row in city.rows(task)]))
    row = next(one for one in city.rows(task) if one.patient_key in hidden)
    noted(city, row.task_id)
    assert [one.text for one in shown(city, row.task_id).acts] == ["Not shown: this person is restricted"]


def test_an_erased_persons_notes_are_erased(city: City) -> None:
    row = city.task_of(0)
    noted(city, row.task_id)
    city.erase(row.patient_key)
    found = shown(city, row.task_id)
    assert [one.text for one in found.acts] == ["Erased"]
    assert found.visit == "Erased"
    assert found.person.erased


def test_reasons_lead_to_the_message_that_gave_them(city: City) -> None:
    (reason,) = shown(city, city.task_of(0).task_id).reasons
    assert (reason.what, reason.value) == ("Ready to leave", "yes")
    assert reason.message is not None
    assert reason.message.control_id == "T0009"


def test_a_stay_is_shown_with_its_desk_version_and_what_is_not_there_is_none(city: City) -> None:
    row = city.task_of(0)
    noted(city, row.task_id)
    stay = city.bridge.read_now(
        lambda c: show_stay(c, city.parts(), row.spell_key, Access.full, city.clock.at_ms)
    )
    assert stay is not None
    assert (stay.version, stay.person.name) == (1, "EVANS, Mary Joy (Mrs)")
    none = city.bridge.read_now(lambda c: show_stay(c, city.parts(), "s0", Access.full, city.clock.at_ms))
    assert none is None
    assert city.bridge.read_now(lambda c: show_task(c, city.parts(), "t0", Lists(0), Access.full)) is None
