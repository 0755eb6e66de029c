"""People are settled by those who may, by two where it takes two, and what is decided takes effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.people import erase
from ascbridge.people.membership import restricted
from ascbridge.storage.tables import (
    dirty_person,
    event_log,
    patient,
    people_request,
    possible_match,
    quarantine,
)
from tests.web.city import MINUTE
from tests.web.conftest import Someone, token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City

IG = "information-governance"
LATER = {"local_id": "L900", "visit": "V900", "name": "EVANS^MARGARET^^^MRS^^L", "born": "19500101",
         "nhs_number": "9993000019", "ward": "W1^^^RKB01"}  # fmt: skip


@pytest.fixture
def anne(somebody: Callable[..., Someone]) -> Someone:
    return somebody(IG, "Anne Hall")


@pytest.fixture
def ben(somebody: Callable[..., Someone]) -> Someone:
    return somebody(IG, "Ben Shah")


def hidden(city: City) -> str:
    """The restricted person."""
    return str(next(row for row in city.rows(patient) if row.restricted).person_id)


def evans(city: City) -> str:
    """The person of two records: the hospital's and the council's."""
    return str(city.task_of(0).person_id)


def whats(city: City, whom: str) -> list[tuple[str, str, str]]:
    found = city.bridge.read_now(lambda c: audit_search.entries(c, whom=whom))
    return [(one.who, one.what, one.why) for one in found if "opened" not in one.what]


def ask(someone: Someone, city: City, act: str, person: str, **fields: str) -> str:
    """Ask on a person's page; return where the request is."""
    answer = someone.fill(f"/settle/people/{person}/{act}", f"/settle/people/{person}", **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"].split("?")[0])


def test_the_list_names_nobody_and_leads_to_all_that_waits(anne: Someone, city: City) -> None:
    city.hear("A01", **LATER)
    request = ask(anne, city, "lift", hidden(city), why="The national service lifted it")
    page = anne.get("/settle").text
    for said in ("Lift a restriction", "Waits for a second person", "The national service lifted it", "Anne Hall",
                 request, "The same verified NHS number, but the birth dates differ", "Same verified NHS number and birth date",
                 f"/settle/people/{evans(city)}"):  # fmt: skip
        assert said in page, said
    for name in ("EVANS", "Evans", "HOLLOWAY", "999 300 0019"):
        assert name not in page


def test_nothing_waits_in_an_empty_city(empty_city: City) -> None:
    from ascbridge.web.app import create_app

    someone = Someone(create_app(empty_city.parts())).sign_in(IG, "Anne Hall")
    page = someone.get("/settle").text
    for said in ("Nothing waits for a second person", "No number waits", "No two records are joined"):
        assert said in page, said
    for path in ("/settle/people/none", "/settle/numbers/none", "/settle/requests/none"):
        assert someone.get(path).status_code == 404, path


def test_a_restriction_is_lifted_by_two_and_takes_effect(anne: Someone, ben: Someone, city: City) -> None:
    person = hidden(city)
    request = ask(anne, city, "lift", person, why="The national service lifted it")
    keys = [row.patient_key for row in city.rows(patient) if row.person_id == person]
    answer = anne.fill(f"{request}/approve", request)
    assert answer.status_code == 409
    assert "who asked may not approve" in answer.text
    assert city.bridge.read_now(lambda c: restricted(c, keys))
    assert ben.fill(f"{request}/approve", request).status_code == 303
    assert not city.bridge.read_now(lambda c: restricted(c, keys))
    assert [row.key for row in city.rows(event_log) if "restriction-lifted" in row.headers] == keys
    city.work()
    assert person in {row.person_id for row in city.rows(dirty_person)}
    assert "Approve lifting" not in ben.get(request).text
    assert whats(city, person)[:2] == [
        ("Ben Shah", "restriction lifted", "The national service lifted it"),
        ("Anne Hall", "lifting a restriction asked", "The national service lifted it"),
    ]
    assert ben.get(f"/settle/people/{person}").text.count("Lift the restriction") == 0


def test_another_name_in_the_same_sign_in_is_not_a_second_person(anne: Someone, city: City) -> None:
    request = ask(anne, city, "lift", hidden(city), why="The national service lifted it")
    page = anne.get("/sign-in/role").text
    fields = {"form_token": token(page), "role": IG, "name": "Ben Shah"}
    assert anne.post("/sign-in/role", data=fields).status_code == 303
    anne.say_why()
    answer = anne.fill(f"{request}/approve", request)
    assert answer.status_code == 409
    assert "in a sign-in of their own" in answer.text
    assert [row.state for row in city.rows(people_request)] == ["asked"]


def test_a_request_is_refused_with_a_reason(anne: Someone, ben: Someone, city: City) -> None:
    request = ask(anne, city, "lift", hidden(city), why="The national service lifted it")
    answer = ben.fill(f"{request}/refuse", request, why=" ")
    assert (answer.status_code, "Say why" in answer.text) == (422, True)
    assert ben.fill(f"{request}/refuse", request, why="they did not").status_code == 303
    page = anne.get(request).text
    for said in ("Refused", "Ben Shah", "they did not"):
        assert said in page, said
    fields = {"form_token": token(page), "why": ""}
    assert anne.post(f"{request}/approve", data=fields).status_code == 409


def test_a_link_is_undone_and_made_again(anne: Someone, city: City) -> None:
    person = evans(city)
    page = anne.get(f"/settle/people/{person}").text
    for said in ("EVANS, Mary", "999 300 0019", "L100", "C100", "Same verified NHS number"):
        assert said in page, said
    council = next(row for row in city.rows(patient) if row.person_id == person and row.authority != "RKB")
    path = f"/settle/people/{person}"
    answer = anne.fill(f"{path}/part", path, why="two sisters")
    assert (answer.status_code, "Choose the record that is somebody else" in answer.text) == (422, True)
    ask(anne, city, "part", person, choice=council.patient_key, why="two sisters")
    now = {row.patient_key: row.person_id for row in city.rows(patient)}
    apart = {one for key, one in now.items() if key == council.patient_key or one == person}
    assert len(apart) == 2
    city.work()
    assert apart <= {row.person_id for row in city.rows(dirty_person)}
    other = next(one for one in apart if one != person)
    city.clock.at_ms += MINUTE
    ask(anne, city, "join", person, choice=other, why="one lady after all")
    assert len({row.person_id for row in city.rows(patient)} & apart) == 1
    answer = anne.fill(f"{path}/join", path, choice="nobody", why="x")
    assert (answer.status_code, "no other person with this id" in answer.text) == (409, True)


def test_a_number_that_two_share_is_settled(anne: Someone, city: City) -> None:
    city.hear("A01", **LATER)
    case = next(row for row in city.rows(quarantine) if row.state == "open")
    path = f"/settle/numbers/{case.patient_key}"
    page = anne.get(path).text
    for said in ("EVANS, Margaret", "EVANS, Mary", "14 Mar 1941", "1 Jan 1950", "They are one person"):
        assert said in page, said
    answer = anne.fill(path, why="read both cards")
    assert (answer.status_code, "Choose whose the number is" in answer.text) == (422, True)
    assert anne.fill(path, choice="this", why="read both cards").status_code == 303
    assert {row.state for row in city.rows(quarantine)} == {"settled", "decided"}
    assert anne.get(path).status_code == 404
    assert "No number waits" in anne.get("/settle").text
    assert any(row.key == case.patient_key and "unlinked" in row.headers for row in city.rows(event_log))


@pytest.mark.parametrize(
    "act, fields, at",
    [
        ("object", {"why": "by letter"}, "object-choice"),
        ("object", {"why": "by letter", "choice": "last week"}, "object-choice"),
        ("object", {"why": "by letter", "choice": "2099-01-01"}, "object-choice"),
        ("object", {"choice": "2026-01-02"}, "why-object"),
        ("join", {"why": "one lady"}, "join-choice"),
        ("join", {"why": "one lady", "choice": "nobody"}, "join-choice"),
        ("part", {"why": "another lady"}, "part-choice"),
        ("lift", {}, "why-lift"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    anne: Someone, city: City, act: str, fields: dict[str, str], at: str
) -> None:
    path = f"/settle/people/{hidden(city) if act == 'lift' else evans(city)}"
    answer = anne.fill(f"{path}/{act}", path, **fields)
    shown = " ".join(answer.text.split())
    assert answer.status_code in {409, 422}
    assert f'<a href="#{at}">' in shown
    assert f'id="{at}"' in shown
    assert f'id="{at}-error"' in shown


NO_NUMBER = {"local_id": "L910", "visit": "V910", "name": "OKORO^GRACE^^^MRS^^L", "born": "19470820", "nhs_number": "",
             "ward": "W1^^^RKB01"}  # fmt: skip


def _two_who_may_be_one(city: City, **more: str) -> str:
    """Two messages about somebody without a number, under two numbers of the hospital's; return the pair's page."""
    before = {(row.low, row.high) for row in city.rows(possible_match)}
    city.hear("A01", **NO_NUMBER)
    city.hear("A01", **(NO_NUMBER | {"local_id": "L911", "visit": "V911"} | more))
    (pair,) = {(row.low, row.high) for row in city.rows(possible_match)} - before
    return f"/settle/pairs/{pair[0]}/{pair[1]}"


def test_two_alike_without_a_number_wait_side_by_side_and_are_joined(anne: Someone, city: City) -> None:
    path = _two_who_may_be_one(city, name="OKORO^GRACE^ADA^^MRS^^L")
    here, there = path.split("/")[-2:]
    listed = anne.get("/settle").text
    assert listed.count("No NHS number on a side, but the same names and birth date") == 1
    assert "OKORO" not in listed
    page = anne.get(path).text
    for said in (
        "OKORO, Grace",
        "OKORO, Grace Ada",
        "20 Aug 1947",
        "What was compared",
        "Not stated on a side",
    ):
        assert said in page, said
    for fields, said in (({"why": "read both"}, "Choose whether"), ({"choice": "one-person"}, "Say why")):
        answer = anne.fill(path, **fields)
        assert (answer.status_code, said in answer.text) == (422, True)
    person = next(row.person_id for row in city.rows(patient) if row.patient_key == here)
    assert "Who may be the same person" in anne.get(f"/settle/people/{person}").text
    assert anne.fill(path, choice="one-person", why="read both cards").status_code == 303
    assert len({row.person_id for row in city.rows(patient) if row.patient_key in {here, there}}) == 1
    assert (anne.get(path).status_code, city.rows(possible_match)) == (404, [])
    assert "No two records wait" in anne.get("/settle").text
    assert f"{here} {there}" in {one.whom for one in city.bridge.read_now(audit_search.entries)}


def test_two_people_are_not_asked_about_again(anne: Someone, city: City) -> None:
    path = _two_who_may_be_one(city)
    assert anne.fill(path, choice="two-people", why="a cousin of the same name").status_code == 303
    city.clock.at_ms += MINUTE
    city.hear("A08", **(NO_NUMBER | {"ward": "W2^^^RKB01"}))
    assert "No two records wait" in anne.get("/settle").text
    city.clock.at_ms += MINUTE
    city.hear("A08", **(NO_NUMBER | {"name": "OKORO^GRACE^JOY^^MRS^^L"}))
    assert anne.get(path).status_code == 200


def test_a_role_that_looks_sees_no_names_of_two_who_may_be_one(
    somebody: Callable[..., Someone], city: City
) -> None:
    path = _two_who_may_be_one(city)
    auditor = somebody("auditor", "Una Audit")
    page = auditor.get(path).text
    assert "OKORO" not in page
    assert "Your role looks" in page
    assert somebody("discharge-team", "Dan").get(path).status_code == 403


def test_erasing_takes_two_and_waits_for_the_process_that_writes_the_keys(
    anne: Someone, ben: Someone, city: City
) -> None:
    person = evans(city)
    request = ask(anne, city, "erase", person, why="they asked for it")
    assert anne.fill(f"{request}/approve", request).status_code == 409
    assert "cannot be undone" in ben.get(request).text
    assert ben.fill(f"{request}/approve", request).status_code == 303
    (waiting,) = city.bridge.read_now(erase.approved)
    assert {row.patient_key for row in city.rows(patient) if row.person_id == person} == set(waiting.keys)
    assert "Being carried out" in anne.get("/settle").text
    city.keys.write_now(lambda c: erase.throw_keys_away(c, city.data_keys, waiting, city.clock.at_ms))
    page = anne.get(f"/settle/people/{person}").text
    assert "EVANS" not in page
    assert "Nothing about this person is kept any more" in page
    assert "Erase this person" not in page


def test_an_objection_is_written_down_honoured_listed_and_taken_back(anne: Someone, city: City) -> None:
    person = evans(city)
    path = f"/settle/people/{person}"
    assert "No objection stands" in anne.get("/settle").text
    for choice, why, said in (
        ("", "by letter", "as 2026-03-14"),
        ("2026-01-02", " ", "Say why"),
        ("soon", "by letter", "as 2026-03-14"),
    ):
        answer = anne.fill(f"{path}/object", path, choice=choice, why=why)
        assert answer.status_code == 422
        assert said in answer.text
    assert anne.fill(f"{path}/object", path, choice="2999-01-02", why="by letter").status_code == 409
    assert anne.fill(f"{path}/object", path, choice="2026-01-02", why="by letter").status_code == 303
    city.work()
    assert person in {row.person_id for row in city.rows(dirty_person)}
    listed = anne.get("/settle").text.partition('id="objections-title"')[2].partition('id="links-title"')[0]
    assert "2 Jan 2026" in listed
    assert listed.count(f'{path}"') == 1  # once, under however many records it was said
    assert "EVANS" not in listed.upper()
    page = anne.get(path).text
    assert "They object to what is known of them being shared" in page
    assert "said on 2 Jan 2026" in page
    assert anne.fill(f"{path}/object", path, choice="2026-01-02", why="by letter").status_code == 409
    city.clock.at_ms += MINUTE
    assert anne.fill(f"{path}/share", path, choice="2026-01-03", why="by telephone").status_code == 303
    city.work()
    assert "No objection stands" in anne.get("/settle").text
    assert [what for _, what, _ in whats(city, person)[:4] if "objection" in what] == [
        "objection taken back",
        "objection recorded",
    ]


def test_who_opened_a_person_to_settle_is_written_down(anne: Someone, city: City) -> None:
    anne.get(f"/settle/people/{evans(city)}")
    found = city.bridge.read_now(lambda c: audit_search.entries(c, whom=evans(city)))
    assert ("Anne Hall", IG, "records opened to settle", "Direct care of this person") in {
        (one.who, one.role, one.what, one.why) for one in found
    }


def test_an_auditor_looks_without_names_and_decides_nothing(
    somebody: Callable[..., Someone], city: City
) -> None:
    auditor = somebody("auditor")
    path = f"/settle/people/{evans(city)}"
    page = auditor.get(path).text
    assert "Your role looks, and does not decide" in page
    assert "EVANS" not in page
    fields: dict[str, Any] = {"form_token": token(page), "why": "x"}
    assert auditor.post(f"{path}/erase", data=fields).status_code == 403
    assert somebody("discharge-team").get("/settle").status_code == 403


def test_an_act_that_there_is_not_is_not_found(anne: Someone, city: City) -> None:
    request = ask(anne, city, "lift", hidden(city), why="lifted")
    fields = {"form_token": token(anne.get("/settle").text), "why": "x"}
    for path in (f"/settle/people/{evans(city)}/approve", f"{request}/part", "/settle/requests/none/approve"):
        assert anne.post(path, data=fields).status_code == 404, path


def test_the_persons_record_leads_to_settling_for_those_who_may(anne: Someone, city: City) -> None:
    anne.say_why(evans(city))
    assert f"/settle/people/{evans(city)}" in anne.get(f"/people/{evans(city)}").text
