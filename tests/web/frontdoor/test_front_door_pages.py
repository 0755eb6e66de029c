"""The front door's pages: longest wait first, what came and since when, whose, each act, and what restricted people show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search
from tests.web.city import MINUTE
from tests.web.conftest import Someone, token
from tests.web.door import DUTY, EVANS, HIDDEN, INITIAL, OKAFOR, REVIEWS, at_door, contact, people_the_door

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City

PATH = "/front-door/tasks/"


@pytest.fixture(autouse=True)
def waiting(city: City) -> None:
    people_the_door(city)


@pytest.fixture
def worker(somebody: Callable[..., Someone]) -> Someone:
    return somebody("front-door", "Sam Lee")


def names(page: str) -> list[str]:
    return re.findall(r'class="asc-name"><a[^>]*>([^<,]+)[^<]*</a>', page)


def row_of(page: str, name: str) -> str:
    return next(row for row in page.split("<tr ") if name in row)


def mark(page: str) -> str:
    found = re.search(r'data-mark="([^"]+)"', page)
    assert found
    return found[1]


def path_of(city: City, about: str = "contact:CT-1") -> str:
    return PATH + str(at_door(city, about).task_id)


def test_who_waits_longest_stands_first(worker: Someone) -> None:
    assert names(worker.get("/front-door").text) == ["OKAFOR", "HOLLOWAY", "EVANS", "SINGH"]


def test_a_row_tells_who_what_came_how_since_when_and_whose(worker: Someone) -> None:
    page = worker.get("/front-door").text
    row = row_of(page, "OKAFOR")
    for said in ("Born 2 Jul 1938 (88)", "999 300 0027", "Contact</strong> by online referral", "From family",
                 "Falls at home", "6 days", "Since 12 Oct 2026", "Overdue by", "Not agreed", "Nobody yet",
                 INITIAL):  # fmt: skip
        assert said in row, said
    assert DUTY in row_of(page, "EVANS")
    review = row_of(page, "SINGH")
    assert "Review of support" in review
    assert "From 2 Nov 2026" in review
    assert REVIEWS in review
    assert "Not agreed" not in review


@pytest.mark.parametrize("team,wanted", [(INITIAL, ["OKAFOR", "HOLLOWAY"]), (DUTY, ["EVANS"]), (REVIEWS, ["SINGH"]),
                                         ("nobody", ["OKAFOR", "HOLLOWAY", "EVANS", "SINGH"])])  # fmt: skip
def test_a_list_can_be_of_one_team(team: str, wanted: list[str], worker: Someone) -> None:
    assert names(worker.get("/front-door", params={"team": team}).text) == wanted


def test_each_list_holds_what_its_count_says(worker: Someone, city: City) -> None:
    worker.fill(f"{path_of(city)}/claim", path_of(city))
    worker.fill(f"{path_of(city, 'contact:CT-2')}/complete", choice="resolved")
    page = worker.get("/front-door").text
    counts = dict(
        re.findall(r'view=([\w-]+)&amp;team="[^>]*>[^<]*<span class="asc-count">(\d+)</span>', page)
    )
    assert counts == {"open": "3", "late": "1", "mine": "1", "not-in-case-system": "1", "closed-today": "1"}
    for view, count in counts.items():
        assert worker.get(f"/front-door?view={view}").text.count("data-row=") == int(count), view


def test_an_unchanged_list_is_not_sent_again_and_what_the_council_says_changes_it(
    worker: Someone, city: City
) -> None:
    shown = mark(worker.get("/front-door").text)
    assert worker.get("/front-door", headers={"X-Mark": shown}).status_code == 204
    contact(city, OKAFOR, "CT-1", "2026-10-12", "11:00", outcome="signposted")
    changed = worker.get("/front-door", headers={"X-Mark": shown})
    assert changed.status_code == 200
    assert "OKAFOR" not in changed.text


def test_taking_speaking_noting_completing_and_taking_back(worker: Someone, city: City) -> None:
    path = path_of(city)
    assert worker.fill(f"{path}/claim", path).headers["location"] == f"{path}?done=claim"
    assert "Taken by Sam Lee" in worker.get(path).text
    worker.fill(f"{path}/spoke", path)
    assert at_door(city, "contact:CT-1").desk_version == 2
    assert "18 Oct 2026" in row_of(worker.get("/front-door").text, "OKAFOR")
    worker.fill(f"{path}/note", text="The key safe works. <b>Not bold</b>")
    assert "The key safe works. &lt;b&gt;Not bold&lt;/b&gt;" in worker.get(path).text
    assert worker.fill(f"{path}/complete", choice="signposted").status_code == 303
    page = worker.get(path).text
    assert "Signposted to somebody else who helps" in page
    assert "Not in the case system yet" in page
    assert "You can take it back until" in page
    assert worker.fill(f"{path}/undo", path).headers["location"] == f"{path}?done=undo"
    assert at_door(city, "contact:CT-1").status == "accepted"
    worker.fill(f"{path}/release", path)
    assert "Nobody has taken this" in worker.get(path).text


def test_what_was_completed_by_hand_opens_again(worker: Someone, city: City) -> None:
    path = path_of(city)
    worker.fill(f"{path}/complete", choice="resolved")
    assert "Open it again" in worker.get(path).text
    assert worker.fill(f"{path}/open-by-hand", text="They rang again").status_code == 303
    assert at_door(city, "contact:CT-1").status == "requested"


def test_somebody_who_was_slower_is_told_who_was_quicker_and_may_go_on(
    worker: Someone, city: City, somebody: Callable[..., Someone]
) -> None:
    path = path_of(city)
    page = worker.get(f"{path}/complete").text
    other = somebody("front-door", "Ola Green")
    other.fill(f"{path}/claim", path)
    stale = {"version": 0, "choice": "resolved", "form_token": token(page)}
    answer = worker.post(f"{path}/complete", data=stale)
    assert answer.status_code == 409
    assert "It changed while you had it open" in answer.text
    assert "Ola Green</strong> took the task" in answer.text
    assert re.search(r'name="choice"[^>]*value="resolved"[^>]*checked', answer.text)
    assert at_door(city, "contact:CT-1").status == "accepted"
    answer = worker.post(f"{path}/claim", data={"version": 1, "form_token": token(page)})
    assert answer.status_code == 409
    assert "Ola Green has this task." in answer.text


def test_what_the_council_closed_meanwhile_is_not_completed(worker: Someone, city: City) -> None:
    path = path_of(city)
    page = worker.get(f"{path}/complete").text
    contact(city, OKAFOR, "CT-1", "2026-10-12", "11:00", outcome="nhs")
    answer = worker.post(
        f"{path}/complete", data={"version": 0, "choice": "resolved", "form_token": token(page)}
    )
    assert answer.status_code == 409
    assert "This task is closed." in answer.text
    assert "The case system shows an outcome" in answer.text
    assert "does not allow this" in answer.text


@pytest.mark.parametrize("act,choice,said", [("complete", "", "Choose one"), ("note", "", "Write the note"),
                                             ("complete", "continues", "Choose one of the list")])  # fmt: skip
def test_an_act_without_what_it_needs_is_told_so(
    act: str, choice: str, said: str, worker: Someone, city: City
) -> None:
    answer = worker.fill(f"{path_of(city)}/{act}", choice=choice, text=" ")
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert said in answer.text
    assert "<title>Error: " in answer.text
    assert at_door(city, "contact:CT-1").desk_version == 0


def test_what_can_no_longer_be_taken_back_is_told(worker: Someone, city: City) -> None:
    path = path_of(city)
    worker.fill(f"{path}/claim", path)
    page = worker.get(path).text
    city.clock.at_ms += 11 * MINUTE
    answer = worker.post(f"{path}/undo", data={"version": 1, "form_token": token(page)})
    assert answer.status_code == 409
    assert "only your own last act" in answer.text


@pytest.mark.parametrize("where", ["/front-door/tasks/none", "/front-door/tasks/none/note"])
def test_what_is_not_there_is_not_found(where: str, worker: Someone, city: City) -> None:
    assert worker.get(where).status_code == 404
    assert worker.get(f"{path_of(city)}/anything").status_code == 404
    assert (
        worker.post(
            f"{path_of(city)}/anything",
            data={"version": 0, "form_token": token(worker.get(path_of(city)).text)},
        ).status_code
        == 404
    )


@pytest.mark.parametrize("role", ["front-door", "out-of-hours", "auditor", "information-governance"])
def test_a_restricted_person_shows_nothing_of_place(
    role: str, city: City, somebody: Callable[..., Someone]
) -> None:
    someone = somebody(role)
    task = at_door(city, "contact:CT-3")
    someone.say_why(task.person_id)
    for path in ("/front-door", f"{PATH}{task.task_id}"):
        page = someone.get(path)
        assert page.status_code == 200
        assert not [word for word in (*HIDDEN, "W40", "BAY 9") if word in page.text], path
    assert ("HOLLOWAY" in someone.get("/front-door").text) == (role in {"front-door", "out-of-hours"})
    if role == "front-door":
        assert "Restricted person." in someone.get(f"{PATH}{task.task_id}").text
        row = row_of(someone.get("/front-door").text, "HOLLOWAY")
        assert "Contact</strong> by phone" in row
        assert "Reason not shown: restricted" in row


@pytest.mark.parametrize("role", ["auditor", "information-governance"])
def test_who_sees_no_names_is_shown_none_nor_what_the_council_wrote(
    role: str, city: City, somebody: Callable[..., Someone]
) -> None:
    worker = somebody("front-door", "Sam Lee")
    worker.fill(f"{path_of(city)}/note", text="The key safe works")
    someone = somebody(role)
    someone.say_why(at_door(city, "contact:CT-1").person_id)
    for path in ("/front-door", path_of(city)):
        page = someone.get(path).text
        assert "Contact</strong> by online referral" in page
        for canary in ("OKAFOR", "999 300 0027", "2 Jul 1938", "key safe", "Falls at home"):
            assert canary not in page, (path, canary)
    assert "Your role looks, and does not act" in page


def test_who_may_look_and_not_act_is_offered_no_act(city: City, somebody: Callable[..., Someone]) -> None:
    page = somebody("out-of-hours").get(path_of(city)).text
    assert "OKAFOR" in page
    assert "Your role looks, and does not act" in page
    assert "<button" not in page.split('id="do-title"')[1]
    assert somebody("out-of-hours").get(f"{path_of(city)}/note").status_code == 403


def test_it_is_in_the_menu_of_those_who_may_see_it_and_first_where_it_is_the_roles_work(
    city: City, somebody: Callable[..., Someone]
) -> None:
    assert somebody("front-door").get("/").headers["location"] == "/front-door"
    assert '<a href="/front-door"' in somebody("auditor").get("/worklist").text
    assert '<a href="/front-door"' not in somebody("discharge-team").get("/worklist").text
    assert '<a href="/worklist"' not in somebody("front-door").get("/front-door").text
    assert somebody("discharge-team").get("/front-door").status_code == 403


def test_reading_is_written_down_once_with_why(city: City, somebody: Callable[..., Someone]) -> None:
    worker = somebody("front-door", "Sam Lee")
    worker.get("/front-door?view=mine")
    worker.get("/front-door?view=mine", headers={"X-Mark": "old"})
    worker.get(path_of(city))
    entries = city.bridge.read_now(audit_search.entries)
    read = {one.what: one for one in entries if one.what.startswith("front door")}
    assert set(read) == {"front door read: mine", "front door task read"}
    assert len([one for one in entries if one.what == "front door read: mine"]) == 1
    opened = read["front door task read"]
    assert (opened.whom, opened.why) == (
        at_door(city, "contact:CT-1").person_id,
        "direct care, front door task",
    )


def test_who_works_elsewhere_must_say_why_they_look(app: FastAPI) -> None:
    assert Someone(app).sign_in("front-door").get("/front-door").status_code == 200
    assert Someone(app).sign_in("out-of-hours").get("/front-door").headers["location"].startswith("/reason?")


def test_an_erased_person_is_told_as_erased_and_nothing_can_be_written(worker: Someone, city: City) -> None:
    page = worker.get(path_of(city)).text
    city.erase(at_door(city, "contact:CT-1").patient_key)
    shown = worker.get("/front-door").text
    assert "OKAFOR" not in shown
    assert "Erased" in shown
    answer = worker.post(f"{path_of(city)}/note", data={"version": 0, "text": "x", "form_token": token(page)})
    assert answer.status_code == 409
    assert "This person is erased" in answer.text


def test_a_person_who_is_on_nobodys_list_here_is_opened_with_a_reason_of_their_own(
    worker: Someone, city: City
) -> None:
    at_work = at_door(city, "contact:CT-2").person_id
    assert worker.get(f"/people/{at_work}").status_code == 200
    elsewhere = city.task_of(3).person_id  # there is work for them in hospital, which this role does not see
    assert elsewhere not in {at_door(city, about).person_id for about in ("contact:CT-1", "review")}
    assert worker.get(f"/people/{elsewhere}").headers["location"].startswith(f"/people/{elsewhere}/open?")


def test_names_that_are_alike_are_marked(worker: Someone, city: City) -> None:
    assert "has a name like this" not in worker.get("/front-door").text
    other = ("C900", "", ("EVANS", "MARGARET"), "1950-01-01")
    contact(city, other, "CT-9", "2026-10-17")
    assert worker.get("/front-door").text.count("Another on this list has a name like this") == 2
    assert EVANS[0] != other[0]
