"""Finding a person, and their record: every part with source and age, and what is not there told apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations.finding import audit_search
from tests.web.city import MINUTE
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City


@pytest.fixture
def nurse(somebody: Callable[..., Someone]) -> Someone:
    return somebody("discharge-team")


def evans(city: City) -> Any:
    return city.task_of(0)


def test_a_person_is_found_by_nhs_number_and_the_number_stands_in_no_address(
    nurse: Someone, city: City
) -> None:
    answer = nurse.fill("/people", number=" 999 300 0019 ")
    assert answer.headers["location"] == f"/people/{evans(city).person_id}"
    (entry,) = [one for one in city.bridge.read_now(audit_search.entries) if one.what == "person looked for"]
    assert (entry.whom, entry.result) == (evans(city).person_id, "1 found")


def test_a_person_is_found_by_the_hospitals_own_number(nurse: Someone, city: City) -> None:
    answer = nurse.fill("/people", number="", authority="RKB", local_id="L100")
    assert answer.headers["location"] == f"/people/{evans(city).person_id}"


@pytest.mark.parametrize(
    "fields,said",
    [
        ({"number": ""}, "Enter an NHS number"),
        ({"number": "9993000018"}, "This is not an NHS number"),
        ({"number": "9993000140"}, "Nobody here has this number"),
    ],
)
def test_a_search_that_finds_nothing_says_why(fields: dict[str, str], said: str, nurse: Someone) -> None:
    answer = nurse.fill("/people", **fields)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_person_is_found_by_name_with_a_birth_date_or_a_postcode(nurse: Someone, city: City) -> None:
    there = f"/people/{evans(city).person_id}"
    assert nurse.fill("/people", name="evans m", born="1941-03-14").headers["location"] == there
    city.hear("A08", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", born="19410314", nhs_number="9993000019",
              ward="W12^BAY 3^BED 4^RKB01", pid={11: "1 INVENTED ROW^^COVENTRY^^CV2 9ZZ^GBR^H"})  # fmt: skip
    assert nurse.fill("/people", name="evans", postcode="cv2 9zz").headers["location"] == there


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"name": "evans"}, "Enter a birth date or a postcode with the name"),
        ({"name": "e", "born": "1941-03-14"}, "Enter at least 2 letters of a name"),
        ({"name": "evans", "born": "1941"}, "Enter the whole birth date"),
        ({"name": "evans", "born": "1950-01-01"}, "Nobody here has this name with that"),
        ({"name": "evans", "postcode": "CV"}, "Nobody here has this name with that"),
    ],
)
def test_a_name_alone_or_with_what_does_not_fit_finds_nobody(
    fields: dict[str, str], said: str, nurse: Someone
) -> None:
    answer = nurse.fill("/people", **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'href="#name"' in answer.text


def test_two_people_with_one_number_are_both_offered(nurse: Someone, city: City) -> None:
    city.hear("A01", local_id="L900", visit="V900", name="EVANS^MARGARET^^^MRS^^L", born="19500101",
              nhs_number="9993000019", ward="W1^^^RKB01")  # fmt: skip
    page = nurse.fill("/people", number="9993000019").text
    assert "Several records here fit" in page
    assert page.count('<li><a href="/people/') == 2


def test_a_record_tells_each_part_with_its_source_and_its_age(nurse: Someone, city: City) -> None:
    page = re.sub(r"</?a[^>]*>", "", nurse.get(f"/people/{evans(city).person_id}").text)
    for said in ("Discharge tasks", "Hospital stays", "Timeline", "Social care", "Contact", "Who says who this is",
                 "Hospital patient administration system, last change", "feed last spoke", "Coventry City Council",
                 "Home support, four calls a day", "Integrated Locality Team North: Amina Yusuf",
                 "You opened this for: direct care, discharge task"):  # fmt: skip
        assert said in page, said


def test_what_nobody_told_is_told_apart_from_nothing(nurse: Someone, city: City) -> None:
    page = nurse.get(f"/people/{city.task_of(2).person_id}").text
    assert "Not supplied." in page  # the council's system said nothing of this person


def test_a_late_feed_is_told_beside_what_it_told(nurse: Someone, city: City) -> None:
    city.clock.at_ms += 130 * MINUTE
    page = nurse.get(f"/people/{evans(city).person_id}").text
    late = "The feed is late: what stands here may be old."
    care = page.index('id="care-title"'), page.index('id="contact-title"')
    assert late in page
    assert late not in page[slice(*care)]  # the council's own is expected once a day
    city.clock.at_ms += 24 * 60 * MINUTE
    page = nurse.get(f"/people/{evans(city).person_id}").text
    assert late in page[page.index('id="care-title"') : page.index('id="contact-title"')]


def test_without_a_task_everybody_says_why_and_it_is_written_down(nurse: Someone, city: City) -> None:
    city.hear("A01", local_id="L950", visit="V950", name="STRANGER^SAM^^^MR^^L", born="19700101",
              nhs_number="9993000132", ward="W1^^^RKB01")  # fmt: skip
    there = nurse.fill("/people", number="9993000132").headers["location"]
    asked = nurse.get(there)
    assert asked.status_code == 303
    opens = asked.headers["location"]
    assert opens.startswith(f"{there}/open?")
    assert "STRANGER" not in nurse.get(opens).text
    answer = nurse.fill(f"{there}/open", opens, reason="Something else", words="Fell at  home, family rang")
    assert answer.headers["location"] == there
    assert "STRANGER, Sam (Mr)" in nurse.get(there).text
    entries = city.bridge.read_now(lambda c: audit_search.entries(c, whom=there.rsplit("/", 1)[1]))
    assert "no relationship: Something else" in {one.why for one in entries}


def test_an_erased_person_is_erased_everywhere(nurse: Someone, city: City) -> None:
    row = evans(city)
    for patient in {one.patient_key for one in city.rows(_patient()) if one.person_id == row.person_id}:
        city.erase(patient)
    page = nurse.get(f"/people/{row.person_id}").text
    assert "Erased" in page
    assert not [word for word in ("EVANS", "1941", "999 300", "Amina", "INVENTED") if word in page]


def looked_at(nurse: Someone, city: City, hours: float) -> str:
    """Open the record, let time pass, and open it again."""
    path = f"/people/{evans(city).person_id}"
    assert "You have not looked at this person before" in nurse.get(path).text
    city.clock.at_ms += round(hours * 60 * MINUTE)
    return path


def test_what_changed_since_the_reader_last_looked_is_told_and_marked_where_it_stands(
    nurse: Someone, city: City, somebody: Callable[..., Someone]
) -> None:
    path = looked_at(nurse, city, 1)
    assert "Nothing since" in nurse.get(path).text
    city.clock.at_ms += 60 * MINUTE
    city.council("C100", "9993000019", ("EVANS", "MARY"), "1941-03-14", "carer",
                 carer={"id": "CR-1", "status": "identified", "name": "Bert Evans"})  # fmt: skip
    page = nurse.get(path).text
    assert "1 change since" in page
    assert "Changed since you looked" in page
    (place,) = re.findall(r'<a href="#(carer-[^"]+)">Carers</a>', page)
    assert page.count(f'id="{place}"') == 1
    assert "1 change since" in nurse.get(path).text  # the page opened once more hides nothing
    assert nurse.fill(f"{path}/seen", path).headers["location"] == path
    assert "Nothing since" in nurse.get(path).text
    colleague = somebody("discharge-team", "Al Poe")
    assert "You have not looked at this person before" in colleague.get(path).text


def renamed(city: City, *extra: str) -> None:
    """The hospital says another name and another address."""
    city.hear("A31", local_id="L100", visit="", name="OWEN^MARY^JOY^^MRS^^L", born="19410314", extra=extra,
              nhs_number="9993000019", pid={11: "2 INVENTED WAY^^COVENTRY^^CV99 2ZZ^GBR^H"})  # fmt: skip


def test_a_changed_name_and_address_are_told_as_links(nurse: Someone, city: City) -> None:
    path = looked_at(nurse, city, 1)
    renamed(city)
    page = nurse.get(path).text
    news = page[page.index('id="changed-title"') : page.index("I have seen these")]
    assert '<a href="#person">Name</a>' in news
    assert '<a href="#contact-title">Address</a>' in news
    assert "INVENTED" not in news
    assert 'id="person"' in page
    assert 'id="contact-title"' in page


def test_of_a_restricted_person_a_changed_name_or_address_changes_no_byte(nurse: Someone, city: City) -> None:
    from ascbridge.storage.tables import patient

    path = looked_at(nurse, city, 1)
    renamed(city, "ZU8||||2")
    assert any(one.renewed for one in city.rows(patient))
    page = nurse.get(path).content
    city.bridge.write_now(lambda c: c.execute(patient.update().values(renewed="")))
    assert nurse.get(path).content == page
    assert b">Address</a>" not in page


def test_a_page_that_renews_itself_is_no_look(nurse: Someone, city: City) -> None:
    path = looked_at(nurse, city, 2)
    city.hear("A02", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", born="19410314",
              nhs_number="9993000019", ward="W50^BAY 1^BED 2^RKB01")  # fmt: skip
    again = {"X-Mark": "old"}
    assert "You have not looked at this person before" in nurse.get(path, headers=again).text
    assert "Hospital stay</a>" in nurse.get(path).text


def test_that_safeguarding_looked_is_written_nowhere_on_this_side(
    city: City, somebody: Callable[..., Someone]
) -> None:
    from ascbridge.storage.tables import last_look

    someone = somebody("safeguarding")
    path = f"/people/{evans(city).person_id}"
    someone.say_why(evans(city).person_id)
    assert "Not kept for your role" in someone.get(path).text
    someone.fill("/people", number="9993000019")
    token = re.search(r'name="form_token" value="([^"]+)"', someone.get(path).text)
    assert token
    someone.post(f"{path}/seen", data={"form_token": token[1], "told_ms": 1})
    assert city.rows(last_look) == []


def test_each_empty_section_of_the_case_says_which_of_the_reasons_it_is(nurse: Someone, city: City) -> None:
    path = f"/people/{evans(city).person_id}"
    assert "<dt>Equipment and telecare</dt><dd>None recorded</dd>" in nurse.get(path).text
    city.clock.at_ms += 25 * 60 * MINUTE
    assert "<dt>Equipment and telecare</dt><dd>Late</dd>" in nurse.get(path).text


def test_who_to_call_stands_on_the_page(nurse: Someone, city: City) -> None:
    page = nurse.get(f"/people/{evans(city).person_id}").text
    section = page[page.index('id="call-title"') : page.index('id="care-title"')]
    for said in (
        "Who do I call",
        "Amina Yusuf",
        "no telephone stated",
        "If a carer cannot care",
        "No unpaid carer is recorded",
    ):
        assert said in section


def test_programs_are_told_what_changed_too(app: FastAPI, city: City) -> None:
    someone = Someone(app).sign_in("discharge-team")
    path = f"/api/persons/{evans(city).person_id}"
    assert someone.get(path).json()["looked_ms"] is None
    city.clock.at_ms += 60 * MINUTE
    city.council("C100", "9993000019", ("EVANS", "MARY"), "1941-03-14", "known", known=False)
    answer = someone.get(path).json()
    assert "known" in [one["kind"] for one in answer["changed"]]
    assert answer["looked_ms"] < city.clock.at_ms


def test_nobody_is_not_found(nurse: Someone) -> None:
    assert nurse.get("/people/nobody").status_code == 404


def test_an_unchanged_record_is_not_sent_or_audited_again(nurse: Someone, city: City) -> None:
    path = f"/people/{evans(city).person_id}"
    found = re.search(r'data-mark="([^"]+)"', nurse.get(path).text)
    assert found
    before = len(city.bridge.read_now(audit_search.entries))
    assert nurse.get(path, headers={"X-Mark": found[1]}).status_code == 204
    assert len(city.bridge.read_now(audit_search.entries)) == before
    assert nurse.get(path, headers={"X-Mark": "old"}).status_code == 200
    assert city.bridge.read_now(audit_search.entries)[0].what == "person's record read again, live"


def _patient() -> Any:
    from ascbridge.storage.tables import patient

    return patient
