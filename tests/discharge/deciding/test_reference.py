"""Reference data: what ships is whole, and what is wrong is told all at once."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from ascbridge.discharge.deciding.reference import RULE_SETS, ReferenceFault, load, misfits


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
    assert reference.owner_team in reference.working_teams(0)
    assert not list(reference.lists.faults(reference.owner_team, 0))
    assert {one.pathway for one in reference.outcomes.values()} >= {0, 1, 2, 3}
    assert set(reference.pathways) == {0, 1, 2, 3}


def test_due_times_are_of_signals_and_stages_that_there_are() -> None:
    due_times = load().lists.due_times(0)
    assert not list(misfits(due_times))
    wrong = due_times.due[0].model_copy(update={"signal": "shouted", "stage": "asleep"})
    told = list(misfits(due_times.model_copy(update={"due": (wrong,)})))
    assert told == [
        "shouted, asleep: there is no signal shouted",
        "shouted, asleep: there is no stage asleep",
    ]


def test_every_fault_is_told_at_once_with_its_file(folder: Path) -> None:
    change(folder / "ready-opens.toml", 'when = { age = ["0-17"] }', 'when = { shoe_size = [""] }')
    change(folder / "ready-opens.toml", "fresh = { discharged = 14 }", "fresh = { age = 14 }")
    change(folder / "ready-opens.toml", 'id = "not-an-inpatient"', 'id = "not-an-adult"')
    change(folder / "ready-opens.toml", 'confirm = ["age"', 'confirm = ["shoe size"')
    change(folder / "outcomes.toml", "pathway = 2", "pathway = 7")
    change(folder / "words.toml", 'died = "Died"', 'dyed = "Dyed"')
    with pytest.raises(ReferenceFault) as fault:
        load(folder=folder)
    assert sorted(str(fault.value).splitlines()) == [
        "outcomes.toml: recovery-bed: there is no pathway 7",
        "ready-opens.toml: confirm: shoe size cannot be confirmed",
        "ready-opens.toml: not-an-adult stands there twice",
        "ready-opens.toml: rule discharged-known: fresh age is not asked for",
        "ready-opens.toml: rule not-an-adult: shoe_size must name stated values",
        "ready-opens.toml: rule not-an-adult: there is no input shoe_size",
        "words.toml: signal: died has no words",
        "words.toml: signal: dyed is not one",
    ]


def test_files_that_cannot_be_read_are_told_together(folder: Path) -> None:
    (folder / "codes.toml").unlink()
    (folder / "outcomes.toml").write_text("[look\n", "utf-8")
    change(folder / "words.toml", "[stage]", "[stages]")
    with pytest.raises(ReferenceFault) as fault:
        load("no-such-rules", folder=folder)
    told = str(fault.value)
    for part in (
        "no-such-rules.toml: there is no such file (rule sets: ready-opens, ready-with-need)",
        "codes.toml: there is no such file",
        "outcomes.toml: not TOML",
        "words.toml: stages: Extra inputs are not permitted",
    ):
        assert part in told
