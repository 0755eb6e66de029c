"""The front door's values: read, checked, all faults told at once; what nobody agreed to says so."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from ascbridge.calendars import Calendar, ServiceHours, Span
from ascbridge.frontdoor.door_rules import FILE, DoorRulesFault, load
from tests.discharge.builders import at
from tests.frontdoor.builders import DUTY, INITIAL, RULES

SHIPPED = (files("ascbridge.frontdoor") / "settings" / FILE).read_text("utf-8")
CONTRACT = Path(__file__).resolve().parents[2] / "contracts" / "sources" / "council-facts" / "schema.json"


def changed(tmp_path: Path, old: str, new: str) -> Path:
    assert old in SHIPPED
    path = tmp_path / "mine.toml"
    path.write_text(SHIPPED.replace(old, new))
    return path


def test_what_nobody_agreed_to_is_marked_and_two_years_are_stated() -> None:
    assert "the hours of Duty Team" in RULES.not_agreed
    assert "how long triage may take (new)" in RULES.not_agreed
    assert "how often a review is due" not in RULES.not_agreed
    assert RULES.review_years == 2


def test_outcomes_are_values_of_the_contract() -> None:
    contract = json.loads(CONTRACT.read_text("utf-8"))["$defs"]
    assert set(RULES.outcomes["triage"]) < set(contract["contact"]["properties"]["outcome"]["enum"])
    assert set(RULES.outcomes["review"]) < set(contract["review"]["properties"]["outcome"]["enum"])
    assert {"resolved", "signposted", "low-level", "short-term", "long-term"} <= set(RULES.outcomes["triage"])


def test_due_times_count_in_the_hours_of_the_team() -> None:
    friday = at("2026-03-20T16:00")
    assert RULES.due_ms("new", INITIAL, friday, Calendar()) == at("2026-03-23T16:30")
    round_the_clock = ServiceHours(((Span(0, 24 * 60),),) * 7)
    assert RULES.due_ms("new", INITIAL, friday, Calendar(), round_the_clock) == at("2026-03-21T00:30")
    assert RULES.due_ms("done", DUTY, friday, Calendar()) is None
    assert RULES.due_ms("new", DUTY, at("2026-04-02T16:59"), Calendar()) == at("2026-04-07T16:59")  # Easter


@pytest.mark.parametrize(
    "old, new, told",
    [
        ('team = "Initial Contact Team"', 'team = "Nobody"', "there is no team Nobody"),
        ('name = "Duty Team"', 'name = "Initial Contact Team"', "stands there twice"),
        ('monday = "08:30-17:00"', 'monday = "17:00-08:30"', "does not end after it begins"),
        ('waiting = "Waits for an answer"', "", "waiting has no words"),
        ("every_years = 2", "every_years = 0", "review.every_years"),
        ("[waits]", "[waits]\nmore = 1", "waits.more"),
        ("[words]", "[words]\nunheard = 'x'", "words: unheard is not one"),
        ("[triage]", "[triage", "not TOML"),
    ],
)
def test_values_that_cannot_be_used_are_refused_with_their_place(
    old: str, new: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(DoorRulesFault, match=r"mine\.toml") as fault:
        load(changed(tmp_path, old, new))
    assert told in str(fault.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DoorRulesFault, match="there is no such file"):
        load(tmp_path / "none.toml")


def test_a_due_time_is_agreed_where_its_limit_and_its_teams_hours_are(tmp_path: Path) -> None:
    assert not RULES.due_agreed("triage", "new", INITIAL)
    assert RULES.due_agreed("review", "new", "Assessment and Case Management")
    path = tmp_path / "mine.toml"
    path.write_text(SHIPPED.replace("minutes = 510\nagreed = false", "minutes = 510\nagreed = true"))
    assert not load(path).due_agreed("triage", "new", INITIAL)
    path.write_text(SHIPPED.replace("agreed = false", "agreed = true"))
    assert load(path).due_agreed("triage", "new", INITIAL)
    path.write_text(SHIPPED.replace("every_years_agreed = true", "every_years_agreed = false"))
    assert not load(path).due_agreed("review", "new", INITIAL)


def test_a_team_that_never_works_is_a_fault(tmp_path: Path) -> None:
    days = "\n".join(f'{day} = ""' for day in ("monday", "tuesday", "wednesday", "thursday", "friday"))
    text = SHIPPED
    for day in ("monday", "tuesday", "wednesday", "thursday"):
        text = text.replace(f'{day} = "08:30-17:00"\n', "", 1)
    path = tmp_path / "mine.toml"
    path.write_text(text.replace('friday = "08:30-16:30"', days, 1))
    with pytest.raises(DoorRulesFault, match="never at work"):
        load(path)
