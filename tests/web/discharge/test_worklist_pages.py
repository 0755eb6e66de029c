"""The worklist: due order, words for what is overdue, marks, lists and counts, and what stays unchanged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ascbridge.discharge.lists import worklist
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.operations.finding import audit_search
from tests.reference.lists import LOCALITIES, text
from tests.web.city import MINUTE, zu1
from tests.web.conftest import Someone
from tests.web.reference.test_reference_pages import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City


@pytest.fixture
def nurse(somebody: Callable[..., Someone]) -> Someone:
    return somebody("discharge-team")


def names(page: str) -> list[str]:
    return re.findall(r'class="asc-name"><a[^>]*>([^<]+)</a>', page[page.index("<table") :])


def row_of(page: str, name: str) -> str:
    return next(row for row in page.split("<tr ")[1:] if name in row)


def mark(page: str) -> str:
    found = re.search(r'data-mark="([^"]+)"', page)
    assert found
    return found[1]


def test_what_is_due_first_stands_first_and_lateness_is_told_in_words(nurse: Someone) -> None:
    page = nurse.get("/worklist").text
    assert names(page)[:3] == [
        "EVANS, Mary Joy (Mrs)",
        "BRADLEY-SMYTHE, Bartholomew (Dr)",
        "OKAFOR, Samuel (Mr)",
    ]
    assert "Overdue by 4 hours 15 minutes" in row_of(page, "EVANS")
    assert "asc-overdue" in row_of(page, "EVANS")
    assert "Due in 10 minutes" in row_of(page, "KOWALCZYK")
    assert "5 open tasks overdue" in page


def test_a_row_tells_who_where_which_dates_and_why(nurse: Someone) -> None:
    row = row_of(nurse.get("/worklist").text, "EVANS")
    for said in ("Born 14 Mar 1941 (85)", "999 300 0019", "W12", "BAY 3, BED 4", "Ready to leave", "Rule ready",
                 "Nobody yet", "Community Discharge Team"):  # fmt: skip
        assert said in row, said
    dates = re.findall(r"<dt>(\w+)</dt><dd>([^<]+)</dd>", row)
    assert [name for name, _ in dates] == ["Ready", "Estimated", "Planned", "Left"]
    assert sorted(said for _, said in dates) == ["-", "-", "17 Oct 2026", "19 Oct 2026"]


def test_marks_are_told_in_words(nurse: Someone) -> None:
    row = row_of(nurse.get("/worklist").text, "BRADLEY")
    assert "Needs a look" in row
    assert "Code XX not understood" in row
    assert "Where the person lives not confirmed" in row
    assert "none given" in row


def test_the_first_page_says_how_much_late_work_is_told_to_which_team(nurse: Someone, city: City) -> None:
    asked = Lists(city.clock.at_ms, told_to="Hospital social work team")
    told = city.bridge.read_now(lambda c: worklist.rows(c, "escalated", asked))
    assert told
    page = nurse.get("/worklist").text
    link = "/worklist?view=escalated&amp;told=Hospital+social+work+team"
    assert f'Told to <a href="{link}">Hospital social work team</a>: {len(told)}' in page
    theirs = nurse.get(link.replace("&amp;", "&")).text
    assert len(re.findall(r'data-row="', theirs)) == len(told)
    assert "Only <strong>Late work is told to: Hospital social work team</strong>" in theirs
    assert 'data-row="' not in nurse.get("/worklist?view=escalated&told=Duty+Team").text


def test_each_list_holds_what_its_count_says(nurse: Someone) -> None:
    page = nurse.get("/worklist").text
    counts = dict(re.findall(r'\?view=([\w-]+)"[^>]*>[^<]*<span class="asc-count">(\d+)</span>', page))
    assert counts["open"] == "7"
    assert counts["paused"] == "1"
    assert set(counts) == {"open", "breaching", "due-today", "mine", "needs-a-look", "not-confirmed", "discharged", "paused",
                           "in-hospital", "closed-today", "dropped", "escalated"}  # fmt: skip
    for view, count in counts.items():
        listed = nurse.get(f"/worklist?view={view}").text
        assert listed.count("data-row=") == int(count), view
    assert "You have claimed nothing" in nurse.get("/worklist?view=mine").text


def test_a_list_can_be_of_one_team(nurse: Someone) -> None:
    assert nurse.get("/worklist?team=Community%20Discharge%20Team").text.count("data-row=") == 7
    assert nurse.get("/worklist?team=Emergency%20Out%20of%20Hours").text.count("data-row=") == 0
    assert nurse.get("/worklist?team=nobody").text.count("data-row=") == 7


def test_an_unchanged_list_is_not_sent_again_and_a_changed_one_is(nurse: Someone, city: City) -> None:
    shown = mark(nurse.get("/worklist").text)
    assert nurse.get("/worklist", headers={"X-Mark": shown}).status_code == 204
    city.hear("A02", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", ward="W50^^^RKB01")
    changed = nurse.get("/worklist", headers={"X-Mark": shown})
    assert changed.status_code == 200
    assert mark(changed.text) != shown


def test_due_times_pass_by_themselves(nurse: Someone, city: City) -> None:
    shown = mark(nurse.get("/worklist").text)
    city.clock.at_ms += MINUTE
    assert nurse.get("/worklist", headers={"X-Mark": shown}).status_code == 200


def test_reading_the_list_is_written_down_once_and_not_with_each_refresh(nurse: Someone, city: City) -> None:
    nurse.get("/worklist?view=paused")
    nurse.get("/worklist?view=paused", headers={"X-Mark": "old"})
    entries = city.bridge.read_now(audit_search.entries)
    assert [(one.what, one.why, one.result) for one in entries if "paused" in one.what] == [
        ("worklist read: paused", "direct care", "1 shown")
    ]


def test_an_erased_person_is_told_as_erased(nurse: Someone, city: City) -> None:
    city.erase(city.task_of(0).patient_key)
    page = nurse.get("/worklist").text
    assert "EVANS" not in page
    assert "Erased" in page
    assert "Nothing about this person is kept any more" in page


def test_the_first_page_is_where_the_roles_work_is(somebody: Callable[..., Someone], app: FastAPI) -> None:
    assert somebody("discharge-team").get("/").headers["location"] == "/worklist"
    assert somebody("it-operations").get("/").headers["location"] == "/operations"
    assert somebody("auditor").get("/").headers["location"] == "/opened-without-relationship"
    assert Someone(app).get("/").headers["location"] == "/sign-in"


def test_a_late_feed_puts_up_a_banner_with_its_time(nurse: Someone, city: City) -> None:
    assert "Late feed." not in nurse.get("/worklist").text
    city.clock.at_ms += 120 * MINUTE
    page = nurse.get("/worklist").text
    assert "Late feed." in page
    assert "this page <em>may be incomplete since 12:25</em>" in page


def test_two_people_whose_names_are_alike_are_both_marked(nurse: Someone, city: City) -> None:
    said = "Another on this list has a name like this"
    assert said not in nurse.get("/worklist").text
    fields = {"local_id": "L900", "visit": "V900", "name": "EVANS^MARGARET^^^MISS^^L", "born": "19550101",
              "nhs_number": "", "ward": "W21^BAY B^BED 2^RKB01"}  # fmt: skip
    city.hear("A01", city.clock.at_ms - 60 * MINUTE, **fields)
    city.hear("A16", city.clock.at_ms - 5 * MINUTE, **fields)
    page = nurse.get("/worklist").text
    assert page[page.index("<table") :].count(said) == 2
    assert said in row_of(page, "EVANS, Mary Joy")
    assert said in row_of(page, "EVANS, Margaret")


def test_the_base_that_looks_after_somebody_follows_their_address_and_is_nowhere_for_a_restricted_person(
    empty_city: City,
) -> None:
    city = empty_city
    load(city, text("localities", LOCALITIES))
    city.clock.at_ms += 48 * 60 * MINUTE  # the list holds from a day on
    fields = {"local_id": "L1", "visit": "V1", "name": "EVANS^MARY^^^MRS^^L", "born": "19410314"}
    lives_in = {"North base": "CV2 9ZZ", "South base": "CV2 1AB", "": "B1 1AA"}

    def say(trigger: str, base: str, *extra: str) -> str:
        city.clock.at_ms += MINUTE
        address = f"1 INVENTED ROW^^COVENTRY^^{lives_in[base]}^GBR^H"
        city.hear(trigger, **fields, pid={11: address}, extra=(zu1("Y", "20261018"), *extra))
        return city.task_of().locality

    assert say("A01", "North base") == "North base"
    assert say("A08", "South base") == "South base"
    assert say("A08", "") == ""
    assert say("A08", "North base") == "North base"
    assert say("A08", "North base", "ZU8||||2") == ""
