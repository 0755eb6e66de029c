"""Events in pairs on pages: the trend, those that do not agree, one with its rule; and who sees what fields say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import said_event
from ascbridge.web.app import create_app
from ascbridge.web.cutover import paired_pages
from tests.cutover.test_trend import city, say
from tests.operations.two_systems import OLD, TwoSystems
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Iterator  # noqa: F401  # read by the fixture

__all__ = ["city"]
PATH = "/operations/cutover/events"


def sign_in(city: TwoSystems, role: str) -> Someone:
    return Someone(create_app(city.parts())).sign_in(role, "Ola Green")


def test_the_trend_leads_from_a_day_to_what_is_off(city: TwoSystems) -> None:
    engineer = sign_in(city, "it-operations")
    assert PATH in engineer.get("/operations/cutover").text
    page = engineer.get(PATH).text
    assert ("20 Jun 2026" in page, "66.7%" in page, "72 hours" in page) == (True, True, True)
    assert "anew" not in page
    assert "only review" in engineer.get(f"{PATH}?word=review&days=30").text
    say(city, OLD, 46, due_on="2027-05-01")
    assert "2 came and are not paired yet" in engineer.get(PATH).text
    assert engineer.get(f"{PATH}?word=none").status_code == 404


def test_what_does_not_agree_is_listed_by_page(city: TwoSystems, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paired_pages, "MOST_SHOWN", 2)
    engineer = sign_in(city, "it-operations")
    page = engineer.get(f"{PATH}/off").text
    assert page.count("review:R1</code>") == 1
    assert "a partner may come until" in page
    assert "2027-03-01" not in page
    more = page.partition("&amp;after=")[2].partition('"')[0]
    assert engineer.get(f"{PATH}/off?after={more}").text.count("review:R1</code>") == 1
    assert "There are none" in engineer.get(f"{PATH}/off?verdict=extra").text
    assert engineer.get(f"{PATH}/off?verdict=none").status_code == 404
    say(city, "case-new", 100, due_on="2027-03-01")
    city.pair_events()
    assert "There are none" in engineer.get(f"{PATH}/off?word=review").text
    assert "put right since" in engineer.get(f"{PATH}/off?word=review&put_right=too").text


def test_one_event_shows_both_sides_its_rule_and_its_messages(city: TwoSystems) -> None:
    row = next(row for row in city.rows(said_event) if row.verdict == "differs")
    engineer = sign_in(city, "it-operations")
    page = engineer.get(f"{PATH}/{row.event_id}").text
    assert ("Differs" in page, "within 72 hours" in page, row.message_id in page) == (True, True, True)
    assert "2027" not in page.partition("What differs")[2].partition("In case-old")[0]
    settler = sign_in(city, "information-governance")
    settler.say_why()
    shown = settler.get(f"{PATH}/{row.partner}").text
    assert "2027" in shown.partition("What differs")[2]
    looked = city.bridge.read_now(audit_search.entries)[0]
    assert (looked.what, looked.result) == ("events in pairs looked at", row.partner)
    again = next(row for row in city.rows(said_event) if row.verdict == "again")
    assert "Says nothing new" in engineer.get(f"{PATH}/{again.event_id}").text
    assert engineer.get(f"{PATH}/none").status_code == 404
    assert sign_in(city, "discharge-team").get(PATH).status_code == 403
