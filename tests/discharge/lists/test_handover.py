"""What goes onto the sheet at the end of the day: what is due before the team opens again, and what can wait."""

import pytest

from ascbridge.discharge.lists import handover as sheet
from ascbridge.discharge.lists.handover import Handover, handover
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.reference.in_force import ReferenceLists
from tests.discharge.builders import Bench, admitted, at, details, ready
from tests.discharge.urgency import DAY, NIGHT


def on_sheet(bench: Bench, when: str, **more: str) -> Handover:
    return bench.write(lambda c: handover(c, ReferenceLists(), Lists(at(when), **more)))


@pytest.fixture
def evening(bench: Bench) -> Bench:
    """One is due at 19:35, one at 8:05 tomorrow, one has no time."""
    for name, when in (("soon", "2026-03-06T19:20"), ("later", "2026-03-06T19:50")):
        bench.say(details("2026-03-02T10:00"), admitted("2026-03-02T10:00", spell=name), patient=f"p-{name}")
        bench.say(ready(when, spell=name), patient=f"p-{name}")
    return bench


def spells(found: tuple[object, ...]) -> list[str]:
    return [row.fact.spell for row in found]  # type: ignore[attr-defined]  # a row of the worklist


def test_what_is_due_before_morning_and_what_can_wait(evening: Bench) -> None:
    found = on_sheet(evening, "2026-03-06T19:55")
    assert (spells(found.due), spells(found.waiting)) == (["soon"], ["later"])
    assert (found.duty.team, found.night.team) == (DAY, NIGHT)
    assert (found.closes_ms, found.opens_ms) == (at("2026-03-06T20:00"), at("2026-03-07T08:00"))
    assert (found.due_more, found.waiting_more) == (0, 0)


def test_in_the_night_the_sheet_is_still_that_of_the_evening(evening: Bench) -> None:
    found = on_sheet(evening, "2026-03-06T23:00")
    assert (found.closes_ms, found.opens_ms) == (at("2026-03-06T20:00"), at("2026-03-07T08:00"))
    assert found.duty == found.night


def test_one_page_says_how_many_more_there_are(evening: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "DUE_ON_SHEET", 0)
    monkeypatch.setattr(sheet, "WAITING_ON_SHEET", 0)
    found = on_sheet(evening, "2026-03-06T19:55")
    assert (found.due, found.waiting, found.due_more, found.waiting_more) == ((), (), 1, 1)


def test_of_one_team_or_ward_alone(evening: Bench) -> None:
    found = on_sheet(evening, "2026-03-06T19:55", team="Brokerage Team")
    assert (found.due, found.waiting, found.waiting_more) == ((), (), 0)
