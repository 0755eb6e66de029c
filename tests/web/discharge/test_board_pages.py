"""The boards of the desk: wards, pathways, today's changes, capacity and the huddle's sheet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.web.discharge import board_pages
from ascbridge.web.discharge.board_pages import lines
from tests.web.city import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

BOARDS = ("wards", "pathways", "changes", "capacity", "huddle")
NAMED = ("EVANS, Mary Joy (Mrs)", "14 Mar 1941", "999 300 0019")


@pytest.fixture
def nurse(somebody: Callable[..., Someone]) -> Someone:
    return somebody("discharge-team")


def after(page: str, heading: str) -> str:
    """What stands under a heading."""
    return page.split(f">{heading}</h2>")[1].split("<h2", maxsplit=1)[0]


def test_every_board_that_names_somebody_does_so_by_name_birth_date_and_number(nurse: Someone) -> None:
    for board in ("wards", "pathways", "changes", "huddle"):
        page = nurse.get(f"/worklist/{board}").text
        for said in NAMED:
            assert said in page, (board, said)


def test_the_ward_board_has_a_ward_with_its_people_and_no_place_for_a_restricted_person(
    nurse: Someone,
) -> None:
    page = nurse.get("/worklist/wards").text
    assert "EVANS" in after(page, "W12, RKB01")
    assert "OKAFOR" in after(page, "W21, RKB01")
    assert "W40" not in page
    hidden = after(page, "No ward shown")
    assert "HOLLOWAY" in hidden
    assert "Location not shown: restricted" in hidden
    assert "ADEYEMI" not in page, "she has left hospital"
    assert "TANAKA" in page, "a paused task's person is on the ward still"
    one = nurse.get("/worklist/wards?ward=W12, RKB01").text
    assert "EVANS" in one
    assert "OKAFOR" not in one
    assert 'href="/worklist/wards?ward=W21%2C+RKB01"' in one, "every ward can be chosen from each"


def test_the_ward_board_comes_in_pages(nurse: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_pages, "PAGE", 3)
    shown, path = [], "/worklist/wards"
    for _ in range(3):
        page = nurse.get(path).text
        shown += re.findall(r'data-row="([^"]+)"', page)
        more = re.search(r'href="([^"]+)">More tasks', page)
        if more is None:
            break
        path = more[1].replace("&amp;", "&")
    assert len(shown) == len(set(shown)) == 6


def test_the_pathway_board_has_a_column_for_each_stage_of_the_configuration(
    nurse: Someone, city: City
) -> None:
    page = nurse.get("/worklist/pathways").text
    lists = city.bridge.read_now(city.desk.known_lists.read)
    words = city.desk.reference.words.stage
    columns = re.findall(r"<h2>([^<]+) <span", page)
    assert columns == [words[one] for one in lists.stages(city.clock.at_ms).names]
    first = page.split("<h2>")[1]
    assert first.count('<p class="asc-name">') == board_pages.IN_A_STAGE
    assert 'href="/worklist?stage=new">All 7' in first
    assert nurse.get("/worklist?stage=new").text.count("data-row=") == 7
    assert nurse.get("/worklist/pathways?pathway=2").text.count('class="asc-name"') == 0


def test_what_changed_today_says_who_did_what_and_what_was_said(nurse: Someone, city: City) -> None:
    city.clock.at_ms += MINUTE
    one = city.task_of(0)
    nurse.fill(f"/tasks/{one.task_id}/claim", f"/tasks/{one.task_id}")
    page = nurse.get("/worklist/changes").text
    first = page.split("<tr ")[2]
    assert "Nia Brown claimed the task" in first
    assert "The hospital or the council: task opened" in page
    city.clock.at_ms += 24 * 60 * MINUTE
    assert "Nothing has changed today" in nurse.get("/worklist/changes").text


def test_capacity_is_a_plain_count_that_leads_to_those_who_are_counted(nurse: Someone) -> None:
    page = nurse.get("/worklist/capacity").text
    assert "A plain count, no forecast" in page
    table = page.split("<table")[1].split("</table>")[0]
    rows = {
        re.sub("<[^>]+>", "", head): int(re.findall(r'asc-sum">(\d+)<', rest)[0])
        for head, rest in re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', table, re.DOTALL)
    }
    assert rows["Monday, 19 Oct"] == 1
    assert rows["No day said"] == 3
    assert sum(rows.values()) == 6
    (link,) = re.findall(r'href="([^"]+leaves=2026-10-19[^"]*)"', table)
    listed = nurse.get(link.replace("&amp;", "&")).text
    assert listed.count("data-row=") == 1
    assert "EVANS" in listed
    assert "Leaves on: 19 Oct 2026" in listed


def test_the_lines_of_capacity_are_seven_days_and_what_lies_outside() -> None:
    found = lines(("2026-10-18", "2026-10-19"))
    assert [text for _, text, _ in found] == [
        "Before today, and still here", "Sunday, 18 Oct", "Monday, 19 Oct", "Later", "No day said",
    ]  # fmt: skip


def test_the_huddle_sheet_holds_what_fits_on_a_page_and_says_what_it_leaves_out(
    nurse: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = nurse.get("/worklist/huddle").text
    assert re.search(r"7 open tasks: \d overdue", page)
    assert "more task" not in page
    assert "W40" not in page
    monkeypatch.setattr(board_pages, "ON_A_SHEET", 2)
    page = nurse.get("/worklist/huddle").text
    assert "And 5 more tasks that are due later" in page
    assert page.count('<th scope="row">') == 2


def test_a_board_is_narrowed_by_its_address_and_says_so(nurse: Someone) -> None:
    for board in BOARDS:
        page = nurse.get(f"/worklist/{board}?ward=W9&who=-").text
        assert "Ward: W9" in page, board
        assert "Who has it: Nobody yet" in page, board
        assert "EVANS" not in page, board
        assert f'href="/worklist/{board}">Show all again' in page, board


def test_each_look_is_written_down_and_an_unchanged_board_is_not_sent_again(
    nurse: Someone, city: City
) -> None:
    for board, called in (("wards", "ward board read"), ("changes", "today's changes read")):
        page = nurse.get(f"/worklist/{board}").text
        mark = re.search(r'data-mark="([^"]+)"', page)
        assert mark
        assert nurse.get(f"/worklist/{board}", headers={"X-Mark": mark[1]}).status_code == 204
        entries = city.bridge.read_now(audit_search.entries)
        assert [one.why for one in entries if one.what == called] == ["direct care"]


def test_a_role_without_the_worklist_has_no_board_and_a_masked_one_no_names(
    somebody: Callable[..., Someone],
) -> None:
    front = somebody("front-door")
    auditor = somebody("auditor")
    for board in BOARDS:
        assert front.get(f"/worklist/{board}").status_code == 403, board
        page = auditor.get(f"/worklist/{board}")
        assert page.status_code == 200, board
        assert "EVANS" not in page.text, board


def test_an_erased_person_is_told_as_erased(nurse: Someone, city: City) -> None:
    city.erase(city.task_of(0).patient_key)
    for board in ("wards", "pathways", "changes", "huddle"):
        page = nurse.get(f"/worklist/{board}").text
        assert "EVANS" not in page, board
        assert "Erased" in page, board


def test_capacity_is_told_by_locality_and_by_pathway_over_the_same_days(nurse: Someone, city: City) -> None:
    path = f"/tasks/{city.task_of(0).task_id}"
    nurse.fill(f"{path}/accept", path)
    nurse.fill(f"{path}/stage", choice="triaged")
    assert nurse.fill(f"{path}/confirm-pathway", choice="home-with-support").status_code == 303
    page = nurse.get("/worklist/capacity").text
    tables = {
        re.sub("<[^>]+>", "", one.split("</caption>")[0].split(">", 2)[-1]).strip(): one.split("</table>")[0]
        for one in page.split("<table")[1:]
    }
    assert len(tables) == 2
    found = [re.findall(r'<th scope="row">(.*?)</th>', one) for one in tables.values()]
    assert found[0] == found[1]
    assert len(found[0]) == 7 + 3  # seven days, what is past, what is later, and who has no day
    assert "pathway=1" in page


@pytest.mark.parametrize(
    "path", ["/worklist", "/worklist?view=paused", *(f"/worklist/{board}" for board in BOARDS)]
)
def test_whatever_has_a_colour_says_in_words_what_it_means(path: str, nurse: Someone) -> None:
    page = nurse.get(path).text
    coloured = re.findall(
        r'<(\w+)[^>]*class="[^"]*(?:nhsuk-tag--|asc-late|asc-near|asc-soon)[^"]*"[^>]*>(.*?)</\1>',
        page,
        re.DOTALL,
    )
    assert [tag for tag, inside in coloured if not re.sub("<[^>]+>", "", inside).strip()] == []
    if path == "/worklist":
        assert coloured, "there is late work on the list"
