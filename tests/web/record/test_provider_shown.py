"""What pages say of a stopped provider: on the worklist, the task and the record, and never of a restricted person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.web.app import create_app
from ascbridge.web.record.provider_shown import provider_marks
from tests.reference.lists import LEVELS, text
from tests.web.city import zu1
from tests.web.conftest import Someone
from tests.web.reference.test_reference_pages import load

if TYPE_CHECKING:
    from tests.web.city import City

ELM = '\n[[provider]]\nname = "Elm House"\nstatus = "open"\nlevel = 4\n'
EVANS: dict[str, Any] = {"local_id": "L1", "visit": "V1", "name": "EVANS^MARY^^^MRS^^L", "born": "19410314",
                         "nhs_number": "9993000019"}  # fmt: skip
SAID = "Placement: Elm House takes no new work (quality level 4, Persistent Serious Concerns; list of providers, version 2)."
MARK = "Provider takes no new work"


def placed(city: City) -> None:
    """A ready patient whom the council placed with a provider."""
    city.hear("A01", **EVANS)
    city.hear("A16", **EVANS, extra=(zu1("Y", "20261018"),))
    city.council("C1", "9993000019", ("EVANS", "MARY"), "1941-03-14", "placement",
                 placement={"id": "PL1", "status": "live", "setting": "residential", "provider": "Elm House",
                            "started_on": "2026-02-01"})  # fmt: skip


def test_the_worklist_the_task_and_the_record_say_so_as_soon_as_it_is_loaded(empty_city: City) -> None:
    placed(empty_city)
    row = empty_city.task_of(0)
    someone = Someone(create_app(empty_city.parts())).sign_in("discharge-team")
    paths = ("/worklist", f"/tasks/{row.task_id}", f"/people/{row.person_id}")
    for path in paths:
        assert MARK not in someone.get(path).text
    load(empty_city, text("providers", LEVELS + ELM))
    for path in paths:
        assert MARK in someone.get(path).text, path
    for path in paths[1:]:
        assert SAID in someone.get(path).text, path


def test_of_a_restricted_person_or_one_who_died_nothing_is_said(empty_city: City) -> None:
    city = empty_city
    placed(city)
    load(city, text("providers", LEVELS + ELM))
    person = city.task_of(0).person_id

    def marks() -> dict[str, tuple[str, ...]]:
        lists = city.bridge.read_now(city.desk.known_lists.read)
        return city.bridge.read_now(lambda c: provider_marks(c, [person], lists, city.clock.at_ms))

    assert marks() == {person: (SAID,)}
    city.council("C1", "9993000019", ("EVANS", "MARY"), "1941-03-14", "death",
                 death={"died": True, "died_on": "2026-10-17"})  # fmt: skip
    assert marks() == {}


def test_a_restricted_persons_place_is_not_told_by_it(empty_city: City) -> None:
    city = empty_city
    placed(city)
    load(city, text("providers", LEVELS + ELM))
    person = city.task_of(0).person_id
    city.hear("A08", **EVANS, extra=("ZU8||||2",))
    lists = city.bridge.read_now(city.desk.known_lists.read)
    assert city.bridge.read_now(lambda c: provider_marks(c, [person], lists, city.clock.at_ms)) == {}
