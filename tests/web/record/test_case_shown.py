"""The council's case on pages: in words, with what is due; names for those who may see them, places for nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.access import Access
from ascbridge.events.facts.catalogue import FACTS, CouncilFact
from ascbridge.people.membership import keys_of
from ascbridge.web.app import create_app
from ascbridge.web.record.care_shown import care_shown
from ascbridge.web.record.case_shown import KINDS, TITLES, CaseShown, case_shown
from tests.web.conftest import Someone
from tests.web.record.test_care_shown import evans

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City

CARER = {"id": "CR-1", "status": "identified", "name": "Bert Evans", "phone": "01632 960104", "relationship": "husband",
         "found_in": "hospital"}  # fmt: skip
PLACEMENT = {"id": "PL-1", "status": "live", "setting": "residential", "provider": "Canary Court",
             "host_authority": "Canaryshire"}  # fmt: skip
ANSWERS = [{"domain": "hygiene", "level": "needs-help", "comment": "The bath is too high"}]


def shown(city: City, access: Access = Access.full, number: int = 0, years: int = 2) -> CaseShown:
    person_id = city.task_of(number).person_id

    def read(connection: Any) -> CaseShown:
        return case_shown(
            connection, city.data_keys, keys_of(connection, [person_id])[person_id], access, years
        )

    return city.bridge.read_now(read)


def text(case: CaseShown) -> str:
    return str(case)


def test_every_kind_of_thing_that_the_council_says_has_its_place_on_the_page() -> None:
    slots = {fact.slot for fact in FACTS.values() if issubclass(fact, CouncilFact)}
    assert set(TITLES) | {"known", "package", "worker"} == slots == set(KINDS)


def test_what_was_said_stands_in_words_under_its_title(city: City) -> None:
    evans(city, carer=CARER)
    evans(city, self_assessment={"id": "SA-1", "completed_on": "2026-03-02", "answers": ANSWERS})
    evans(city, communication={"language": "pa", "interpreter": "yes", "needs": ["large-print"]})
    case = shown(city)
    assert [section.title for section in case.sections] == [
        "How to speak to them",
        "Carers",
        "Self-assessments",
    ]
    speak, carers, answers = (section.things[0] for section in case.sections)
    assert ("Needs", "large print") in speak.lines
    assert (carers.head, carers.state) == ("Husband", "Identified")
    assert ("Carer name", "Bert Evans") in carers.lines
    assert ("Hygiene", "needs help: The bath is too high") in answers.lines
    due = [what for what, _ in case.reminders]
    assert due == ["A carer was found in hospital: for the hospital liaison officer", "A review is due"]


def test_a_review_is_due_after_as_many_years_as_are_set(city: City) -> None:
    evans(city, support_plan={"id": "SP-1", "status": "agreed", "agreed_on": "2026-03-02"})
    assert ("A review is due", "2 Mar 2028") in shown(city).reminders
    assert ("A review is due", "2 Mar 2027") in shown(city, years=1).reminders


def test_the_years_that_are_set_reach_the_pages_and_the_interface(city: City) -> None:
    evans(city, support_plan={"id": "SP-1", "status": "agreed", "agreed_on": "2026-03-02"})
    parts = city.parts()
    yearly = replace(parts, door=replace(parts.door, rules=replace(parts.door.rules, review_years=1)))
    someone = Someone(create_app(yearly)).sign_in("discharge-team")
    task = city.task_of(0)
    for path in (f"/people/{task.person_id}", f"/tasks/{task.task_id}"):
        assert "by 2 Mar 2027" in someone.get(path).text
    assert "2027-03-02" in someone.get(f"/api/persons/{task.person_id}").text


def test_what_was_entered_in_error_is_told_and_what_was_not_is_no_news(city: City) -> None:
    evans(city, contact={"id": "CT-1", "received_on": "2026-10-01", "channel": "phone"})
    assert "Retracted" not in text(shown(city))
    evans(city, contact={"id": "CT-2", "received_on": "2026-10-01", "channel": "phone", "retracted": True})
    (contacts,) = [one for one in shown(city).sections if one.kind == "contact"]
    assert sorted(one.state for one in contacts.things) == ["", "Entered in error"]
    assert "Retracted" not in text(shown(city))


def test_a_language_is_said_in_words(city: City) -> None:
    evans(city, communication={"language": "pa", "interpreter": "yes"})
    assert ("Language", "Panjabi; Punjabi") in shown(city).sections[0].things[0].lines


def test_a_masked_role_sees_no_names(city: City) -> None:
    evans(city, carer=CARER)
    evans(city, self_assessment={"id": "SA-1", "completed_on": "2026-03-02", "answers": ANSWERS})
    assert "Bert" not in text(shown(city, Access.masked))
    assert "bath" not in text(shown(city, Access.masked))


def test_where_a_restricted_person_is_cared_for_shows_nowhere_even_if_it_was_said_before(city: City) -> None:
    evans(city, placement=PLACEMENT)
    assert "Canary Court" in text(shown(city))
    city.hear("A31", local_id="L100", nhs_number="9993000019", name="EVANS^MARY^JOY^^MRS^^L", born="19410314",
              extra=("ZU8||||1",))  # fmt: skip
    assert "Residential" in text(shown(city))
    assert "Canary" not in text(shown(city))


def test_an_erased_persons_names_are_erased(city: City) -> None:
    evans(city, carer=CARER)
    person_id = city.task_of(0).person_id
    for key in city.bridge.read_now(lambda c: keys_of(c, [person_id]))[person_id]:
        city.erase(key)
    assert "Bert" not in text(shown(city))
    assert ("Names", "Erased") in shown(city).sections[0].things[0].lines


def test_a_death_stops_packages_and_reminders(city: City) -> None:
    evans(city, carer=CARER)
    evans(city, death={"died": True, "died_on": "2026-03-19"})
    assert shown(city).reminders == ()
    person_id = city.task_of(0).person_id
    care = city.bridge.read_now(
        lambda c: care_shown(c, city.data_keys, keys_of(c, [person_id])[person_id], Access.full, 2)
    )
    assert [one.status for one in care.packages] == ["stopped"]


@pytest.mark.parametrize("page", ["/people/{0.person_id}", "/tasks/{0.task_id}"])
def test_the_record_and_the_desk_show_it(page: str, somebody: Callable[..., Someone], city: City) -> None:
    evans(city, carer=CARER)
    evans(city, equipment={"id": "E-1", "category": "equipment", "status": "ordered", "kind": "Walking frame",
                           "needed_for_discharge": True})  # fmt: skip
    answer = somebody("discharge-team").get(page.format(city.task_of(0)))
    for words in ("Bert Evans", "Walking frame", "hospital liaison officer", "Equipment is not there yet"):
        assert words in answer.text
