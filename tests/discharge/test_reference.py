"""Reference data: what ships is whole, and what is wrong is told all at once."""

import shutil
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from ascbridge.discharge.reference import RULE_SETS, ReferenceFault, load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(str(files("ascbridge.discharge") / "settings"), tmp_path / "settings")
    return tmp_path / "settings"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize("rules", RULE_SETS)
def test_what_ships_is_whole(rules: str) -> None:
    reference = load(rules)
    assert reference.rules.id == rules
    assert reference.owner_team in reference.teams
    assert {one.pathway for one in reference.outcomes.values()} >= {0, 1, 2, 3}
    assert set(reference.pathways) == {0, 1, 2, 3}


def test_nobody_has_agreed_any_due_time_yet_and_the_data_say_so() -> None:
    deadlines = load().deadlines
    assert not deadlines.look.agreed
    assert not any(due.agreed for due in deadlines.due.values())


def test_every_fault_is_told_at_once_with_its_file(folder: Path) -> None:
    change(folder / "ready-opens.toml", 'when = { age = ["0-17"] }', 'when = { shoe_size = [""] }')
    change(folder / "ready-opens.toml", "fresh = { discharged = 14 }", "fresh = { age = 14 }")
    change(folder / "ready-opens.toml", 'id = "lives-elsewhere"', 'id = "not-an-adult"')
    change(folder / "ready-opens.toml", 'confirm = ["age"', 'confirm = ["shoe size"')
    change(folder / "teams.toml", 'daily = ["08:00-20:00"]', "daily = []")
    change(folder / "teams.toml", '"Emergency Out of Hours"]', '"Nobody"]')
    change(folder / "outcomes.toml", "pathway = 2", "pathway = 7")
    change(folder / "words.toml", 'died = "Died"', 'dyed = "Dyed"')
    with pytest.raises(ReferenceFault) as fault:
        load(folder=folder, owner_team="Some Team")
    assert sorted(str(fault.value).splitlines()) == [
        "outcomes.toml: recovery-bed: there is no pathway 7",
        "ready-opens.toml: confirm: shoe size cannot be confirmed",
        "ready-opens.toml: not-an-adult stands there twice",
        "ready-opens.toml: rule discharged-known: fresh age is not asked for",
        "ready-opens.toml: rule not-an-adult: shoe_size must name stated values",
        "ready-opens.toml: rule not-an-adult: there is no input shoe_size",
        "teams.toml: Community Discharge Team: is never at work, so nothing would ever be due",
        "teams.toml: there is no team Nobody",
        "teams.toml: there is no team Some Team",
        "words.toml: signal: died has no words",
        "words.toml: signal: dyed is not one",
    ]


def test_files_that_cannot_be_read_are_told_together(folder: Path) -> None:
    (folder / "codes.toml").unlink()
    (folder / "due.toml").write_text("[look\n", "utf-8")
    change(folder / "teams.toml", "agreed = false", 'agreed = "perhaps"')
    change(folder / "words.toml", "[stage]", "[stages]")
    with pytest.raises(ReferenceFault) as fault:
        load("no-such-rules", folder=folder, calendar_file=folder / "none.toml")
    told = str(fault.value)
    for part in (
        "no-such-rules.toml: there is no such file (rule sets: ready-opens, ready-with-need)",
        "codes.toml: there is no such file",
        "due.toml: not TOML",
        "teams.toml: team.0.agreed",
        "words.toml: stages: Extra inputs are not permitted",
        "none.toml: there is no such file",
    ):
        assert part in told


def test_hours_that_are_no_hours_are_told(folder: Path) -> None:
    change(folder / "teams.toml", 'daily = ["08:00-20:00"]', 'daily = ["20:00-08:00"]')
    with pytest.raises(
        ReferenceFault, match="Community Discharge Team: '20:00-08:00' does not end after it begins"
    ):
        load(folder=folder)


def test_a_day_can_be_added_to_the_calendar(tmp_path: Path) -> None:
    extra = tmp_path / "days.toml"
    extra.write_text('[[day]]\ndate = 2026-03-04\nname = "A day of mourning"\n', "utf-8")
    assert load(calendar_file=extra).deadlines.calendar.is_bank_holiday(date(2026, 3, 4))
    assert not load().deadlines.calendar.is_bank_holiday(date(2026, 3, 4))
