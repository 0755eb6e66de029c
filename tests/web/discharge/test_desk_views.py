"""What the views of the desk do alike: the first page's figures, what comes next, narrowing, and the addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ascbridge.storage.tables import task
from ascbridge.web.discharge import worklist_pages
from ascbridge.web.discharge.desk_views import DESK_VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone


@pytest.fixture
def nurse(somebody: Callable[..., Someone]) -> Someone:
    return somebody("discharge-team")


def text_of(page: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def test_every_view_names_all_views_and_marks_itself(nurse: Someone) -> None:
    for href, name in DESK_VIEWS:
        nav = nurse.get(href).text.split('aria-label="Views of the desk"')[1].split("</nav>")[0]
        assert re.findall(r'href="([^"]+)"', nav) == [one for one, _ in DESK_VIEWS]
        assert re.findall(r'aria-current="page">([^<]+)<', nav) == [name]


def test_the_first_page_tells_at_a_glance_how_things_stand(nurse: Someone) -> None:
    glance = text_of(nurse.get("/worklist").text.split("At a glance")[1].split('aria-label="Lists"')[0])
    assert "1 need a look Community Discharge Team: 1, oldest 3 hours" in glance
    assert re.search(r"[1-7] overdue Oldest overdue by \d hours", glance)
    assert "0 mine" in glance
    assert "changed today" in glance
    assert re.search(
        r"Do next EVANS, Mary Joy \(Mrs\) Born 14 Mar 1941 \(85\) NHS number 999 300 0019", glance
    )
    assert "Nobody has it yet" in glance
    assert "At a glance" not in nurse.get("/worklist?view=paused").text


def test_what_i_have_comes_before_what_nobody_has_wherever_it_stands(
    nurse: Someone, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = max((row for row in city.rows(task) if row.status == "requested"), key=lambda row: row.due_order)
    nurse.fill(f"/tasks/{last.task_id}/claim", f"/tasks/{last.task_id}")
    monkeypatch.setattr(worklist_pages, "PAGE", 1)
    glance = text_of(nurse.get("/worklist").text.split("Do next")[1].split("</section>")[0])
    assert "You have it" in glance
    assert "Not named yet" not in glance


def test_a_list_is_narrowed_by_what_there_is(nurse: Someone) -> None:
    page = nurse.get("/worklist?who=-&ward=W12, RKB01").text
    form = page.split('aria-label="Narrow this list"')[1].split("</form>")[0]
    assert re.findall(r'<select[^>]+name="(\w+)"', form) == [
        "team",
        "ward",
        "locality",
        "pathway",
        "stage",
        "who",
        "told",
    ]
    assert '<option value="W12, RKB01" selected>' in form
    assert "Ward: W12, RKB01" in page
    assert page.count("data-row=") == 3
    assert "W12, RKB01" in nurse.get("/worklist?view=paused").text, (
        "wards that another list has can be chosen too"
    )
    assert nurse.get("/worklist?team=nobody").text.count("data-row=") == 7
