"""The page of what is in force: since when, by whom, what comes, and what nobody agreed to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.operations.changing import reference_lists
from ascbridge.web.app import create_app
from ascbridge.web.wording import moment
from tests.reference.lists import HOURS, LOCALITIES, text
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from tests.web.city import City

WHO = AuditEntry("work", "Ola Green", "it-operations", "")


def load(city: City, written: str) -> None:
    city.bridge.write_now(lambda c: reference_lists.load(c, city.desk, written, WHO, city.clock.at_ms))


@pytest.mark.parametrize("role", ["discharge-team", "auditor", "it-operations"])
def test_everybody_signed_in_sees_what_is_in_force_and_what_nobody_agreed(
    empty_city: City, role: str
) -> None:
    page = Someone(create_app(empty_city.parts())).sign_in(role).get("/reference").text
    for said in (
        "Version 1, as it comes with the program",
        "Not agreed",
        "Daily: 08:00 to 20:00",
        "The three bases: their names",
        "Level 4",
        "New work: stopped",
        "Nothing has been loaded",
        "when work is late, of Community Discharge Team",
    ):
        assert said in page, said


def test_nobody_else_does(empty_city: City) -> None:
    assert Someone(create_app(empty_city.parts())).get("/reference").status_code == 303


def test_what_was_loaded_and_what_comes_is_told_at_once(empty_city: City) -> None:
    someone = Someone(create_app(empty_city.parts())).sign_in("discharge-team")
    load(empty_city, text("localities", LOCALITIES))
    load(empty_city, text("service-hours", HOURS, day="2027-01-01", more="effective_to = 2027-03-31\n"))
    page, now = someone.get("/reference").text, moment(empty_city.clock.at_ms)
    for said in (
        f"Version 2, in force since {now}, loaded by Ola Green on {now}",
        "North base",
        "CV2 1, CV2 1AB, CV",
        "To come: version 2, from 1 Jan 2027, 00:00",
        "until 1 Apr 2027, 00:00",
        "<strong>Changed:</strong> Community Discharge Team (daily: 08:00 to 18:00, was 08:00 to 20:00)",
        "To come</td>",
    ):
        assert said in page, said


def test_the_page_leads_there(empty_city: City) -> None:
    someone = Someone(create_app(empty_city.parts())).sign_in("discharge-team")
    assert '<a href="/reference">Reference data in force</a>' in someone.get("/worklist").text
