"""The change of the case system on pages: who sees what, what is compared only when asked, and two forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event

from ascbridge.events.handlers.switches import EVENT_TYPES
from ascbridge.operations.finding import audit_search
from ascbridge.web.app import create_app
from ascbridge.web.cutover import cutover_pages
from tests.operations.two_systems import MARY, NEW, OLD, SAM, TwoSystems
from tests.web.conftest import Someone, token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATH = "/operations/cutover"
DUE: dict[str, Any] = {"status": "due", "due_on": "2026-12-01"}
REVIEW = EVENT_TYPES["review"]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSystems]:
    made = TwoSystems(tmp_path)
    made.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    made.say(NEW, "70001", MARY, "review", id="N1", **DUE | {"outcome": "continues"})
    made.say(NEW, "70002", ("", *SAM[1:]), "worker", team="Team North")
    yield made
    made.close()


def sign_in(city: TwoSystems, role: str, name: str = "Ola Green") -> Someone:
    return Someone(create_app(city.parts())).sign_in(role, name)


def pair_up(engineer: Someone) -> None:
    """Accept what is proposed: the persons first, then their things."""
    for _ in range(2):
        page = engineer.get(f"{PATH}/proposals").text
        chosen = page.partition('name="chosen" value="')[2].partition('"')[0]
        answer = engineer.fill(f"{PATH}/proposals", chosen=[chosen], why="looked at both")
        assert answer.headers["location"].endswith("done=1")


def correct(two: TwoSystems) -> None:
    """Switch reviews, and have the old system say another day of one afterwards."""
    two.switch("review")
    two.clock.at_ms += 60_000
    two.say(OLD, "C100", MARY, "review", id="R1", status="due", due_on="2026-11-30")


def test_without_a_cut_over_the_page_says_how_to_set_one_up(somebody: Callable[..., Someone]) -> None:
    engineer = somebody("it-operations")
    assert PATH in engineer.get("/operations").text
    assert "No change is set up" in engineer.get(f"{PATH}?compare=now").text
    for page in ("comparison/review", "quality", "proposals", "corrections", "sheet", "events", "events/off"):
        answer = engineer.get(f"{PATH}/{page}")
        assert (answer.status_code, "cutover.old" in answer.text) == (409, True), page


def test_the_status_names_feeds_and_the_command_and_compares_only_when_asked(two: TwoSystems) -> None:
    engineer = sign_in(two, "it-operations")
    asked: list[str] = []

    def hear(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    two.switch("package", why="the first one")
    event.listen(Engine, "before_cursor_execute", hear)
    page = engineer.get(PATH).text
    assert not [one for one in asked if "feed_word" in one or "feed_person" in one]
    compared = engineer.get(f"{PATH}?compare=now").text
    assert [one for one in asked if "feed_word" in one]
    asked.clear()
    assert "Compared at" in engineer.get(PATH).text  # that look is shown again
    assert not [one for one in asked if "feed_word" in one]
    event.remove(Engine, "before_cursor_execute", hear)
    assert "Not compared in the last minutes" in page
    assert f"ascbridge cutover switch review --to {NEW}" in page
    assert "the first one" in page
    assert '<button class="nhsuk-button' in page  # the one that compares
    assert 'method="post" action="/operations' not in page  # and none that switches
    assert f"{PATH}/comparison/review" in compared


def test_differences_are_ids_and_fields_for_it_and_values_with_a_reason_for_who_settles(
    two: TwoSystems,
) -> None:
    engineer = sign_in(two, "it-operations")
    pair_up(engineer)
    page = engineer.get(f"{PATH}/comparison/review").text
    assert "review:R1" in page
    assert "outcome" in page
    assert "continues" not in page
    assert page.count("/operations/messages/") == 2
    assert "There are none" in engineer.get(f"{PATH}/comparison/review?verdict=extra").text
    settler = sign_in(two, "information-governance", "Anne Hall")
    assert settler.get(f"{PATH}/comparison/review").headers["location"].startswith("/reason")
    settler.say_why()
    assert "continues" in settler.get(f"{PATH}/comparison/review").text
    entry = next(
        one
        for one in two.bridge.read_now(lambda c: audit_search.entries(c, who="Anne Hall"))
        if one.what == "case systems compared"
    )
    assert (entry.why, entry.result) == ("Direct care of this person", "1 differences of review")
    auditor = sign_in(two, "auditor")
    assert "continues" not in auditor.get(f"{PATH}/comparison/review").text
    assert engineer.get(f"{PATH}/comparison/nothing").status_code == 404
    assert sign_in(two, "discharge-team").get(PATH).status_code == 403


def test_proposals_are_accepted_with_a_reason_by_those_who_may(two: TwoSystems) -> None:
    engineer = sign_in(two, "it-operations")
    page = engineer.get(f"{PATH}/proposals").text
    chosen = page.partition('name="chosen" value="')[2].partition('"')[0]
    assert chosen.startswith("person ")
    form = {"form_token": token(page)}
    bare = engineer.post(f"{PATH}/proposals", data=form)
    assert (bare.status_code, "Choose what is" in bare.text, "Say how you know" in bare.text) == (
        422,
        True,
        True,
    )
    unexplained = engineer.post(f"{PATH}/proposals", data=form | {"chosen": chosen, "why": " "})
    assert unexplained.status_code == 422
    assert f'value="{chosen}" aria-label="Accept Person {chosen[7:]}" checked' in unexplained.text
    pair_up(engineer)
    assert "Nothing is proposed" in engineer.get(f"{PATH}/proposals?done=1").text
    late = engineer.post(f"{PATH}/proposals", data=form | {"chosen": chosen, "why": "again"})
    assert "is not proposed any more" in engineer.get(late.headers["location"]).text
    entry, *_ = (
        one
        for one in two.bridge.read_now(lambda c: audit_search.entries(c, who="Ola Green"))
        if one.what == "crosswalk accepted" and one.result == "1 rows"
    )
    assert entry.why == "looked at both"
    settler = sign_in(two, "information-governance")
    page = settler.get(f"{PATH}/proposals").text
    assert 'name="chosen"' not in page
    refused = settler.post(f"{PATH}/proposals", data={"form_token": token(page), "chosen": chosen})
    assert refused.status_code == 403


def test_a_correction_is_heard_once_with_a_reason(two: TwoSystems) -> None:
    engineer = sign_in(two, "it-operations")
    pair_up(engineer)
    assert "No correction waits" in engineer.get(f"{PATH}/corrections").text
    correct(two)
    page = engineer.get(f"{PATH}/corrections").text
    assert "2026-11-30" not in page
    there = page.partition(f'href="{PATH}/corrections/')[2].partition('"')[0]
    assert there.endswith(f"/{REVIEW}")
    form = f"{PATH}/corrections/{there}"
    unexplained = engineer.fill(form, why=" ")
    assert (unexplained.status_code, "Say why it is to be heard" in unexplained.text) == (422, True)
    fields = {"form_token": token(engineer.get(form).text), "why": "rang the ward"}
    done = engineer.post(form, data=fields)
    assert "The correction is heard" in engineer.get(done.headers["location"]).text
    assert "No correction waits" in engineer.get(f"{PATH}/corrections").text
    assert engineer.post(form, data=fields).status_code == 409
    assert engineer.get(form).status_code == 404
    entries = two.bridge.read_now(lambda c: audit_search.entries(c, who="Ola Green"))
    assert [one.why for one in entries if one.what == f"{REVIEW} applied"] == ["rang the ward"]


def test_who_settles_sees_what_a_correction_says_and_cannot_have_it_heard(two: TwoSystems) -> None:
    pair_up(sign_in(two, "it-operations"))
    correct(two)
    settler = sign_in(two, "information-governance")
    settler.say_why()
    page = settler.get(f"{PATH}/corrections").text
    assert "2026-11-30" in page
    assert f"{PATH}/corrections/" not in page


def test_what_is_to_be_put_right_and_the_sheet(two: TwoSystems) -> None:
    engineer = sign_in(two, "it-operations")
    page = engineer.get(f"{PATH}/quality").text
    assert "No NHS number" in page
    assert "Unknown worker" in page
    assert "Unknown worker</th>" not in engineer.get(f"{PATH}/quality?what=no+NHS+number").text
    sheet = engineer.get(f"{PATH}/sheet").text
    assert "No-go" in sheet
    assert "<td>New</td>" not in sheet
    two.switch("review")
    assert engineer.get(f"{PATH}/sheet?compare=now").text.count("<td>New</td>") == 1
    assert sheet.count('<th scope="row">') == len(EVENT_TYPES)
    assert f"ascbridge cutover switch all --to {NEW}" in sheet


def test_many_rows_come_a_page_at_a_time(two: TwoSystems, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutover_pages, "MOST_SHOWN", 1)
    engineer = sign_in(two, "it-operations")
    first = engineer.get(f"{PATH}/comparison/review").text
    assert "Rows 1 to 1 of 2." in first
    assert "?verdict=&amp;start=1" in first
    last = engineer.get(f"{PATH}/comparison/review?start=1").text
    assert "Rows 2 to 2 of 2." in last
    assert "The next ones" not in last
