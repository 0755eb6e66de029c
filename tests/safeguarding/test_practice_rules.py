"""Safeguarding's values: read, checked, told at once, and marked where nobody confirmed them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from ascbridge.safeguarding import practice_rules
from ascbridge.safeguarding.concern_words import faults
from ascbridge.safeguarding.practice_rules import PracticeFault, load
from tests.safeguarding.behind import said

SHIPPED = (files("ascbridge.safeguarding") / "settings" / practice_rules.FILE).read_text("utf-8")


def changed(tmp_path: Path, *pairs: tuple[str, str]) -> Path:
    text = SHIPPED
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return path


def test_the_shipped_values_say_what_nobody_confirmed() -> None:
    rules = load()
    assert (rules.decision.days, rules.decision.counts, rules.decision.agreed) == (2, "calendar", False)
    assert (rules.conclusion.months, rules.audit.months) == (3, 6)
    assert (rules.repeat.more_than, rules.repeat.months) == (3, 12)
    assert "how long a decision may take" in rules.not_agreed
    assert "the hours of Intake Team" in rules.not_agreed
    assert "the hours of Hospital Team" not in rules.not_agreed


def test_lists_hold_what_our_material_names_and_say_that_they_are_partial() -> None:
    rules = load()
    assert rules.origin.partial
    assert rules.place.partial
    assert rules.severity.partial
    assert rules.severity.words == {}
    assert rules.source_of_risk.partial
    assert list(rules.source_of_risk.words) == [
        "service-provider",
        "known-to-individual",
        "unknown-to-individual",
    ]
    for one in (rules.gender, rules.ethnicity, rules.support_reason):
        assert one.partial
        assert one.words


def test_sources_of_risk_are_a_list_and_files_from_before_it_have_the_same(tmp_path: Path) -> None:
    mine = load(changed(tmp_path, ('service-provider = "A service provider"', 'relative = "A relative"')))
    assert faults(mine, said(source_of_risk="relative")) == {}
    assert list(faults(mine, said(source_of_risk="service-provider"))) == ["source_of_risk"]
    older = tmp_path / "older.toml"
    start, end = SHIPPED.index("[source_of_risk]"), SHIPPED.index("[severity]")
    older.write_text(SHIPPED[:start] + SHIPPED[end : SHIPPED.index("[gender]")])
    rules = load(older)
    assert rules.source_of_risk == load().source_of_risk
    assert rules.gender.words == {}
    assert faults(rules, said(source_of_risk="service-provider")) == {}


def test_the_survey_has_one_address_for_everybody_and_files_without_it_still_read(tmp_path: Path) -> None:
    linked = load(changed(tmp_path, ('link = ""', 'link = "https://forms.example/after-an-enquiry"')))
    assert linked.survey.link == "https://forms.example/after-an-enquiry"
    before = SHIPPED[: SHIPPED.index("[survey]")] + SHIPPED[SHIPPED.index("# -- teams.") :]
    older = tmp_path / "older.toml"
    older.write_text(before)
    assert load(older).survey.link == ""


def test_working_days_are_a_setting(tmp_path: Path) -> None:
    assert load(changed(tmp_path, ('counts = "calendar"', 'counts = "working"'))).decision.counts == "working"


@pytest.mark.parametrize(
    "old, new, told",
    [
        ('team = "mental-health"\nsource', 'team = "nobody"\nsource', "there is no team nobody"),
        ('origins = ["ward"', 'origins = ["word"', "there is no origin word"),
        ('places = ["hospital"]', 'places = ["moon"]', "there is no place moon"),
        ('code = "hospital"', 'code = "intake"', "team intake stands there twice"),
        ('daily = ["08:00-20:00"]', 'daily = ["20:00-08:00"]', "does not end after it begins"),
        ('daily = ["08:00-20:00"]', "daily = []", "team hospital is never at work"),
        ("days = 2", "days = 0", "decision.days"),
        ('link = ""', 'link = "https://forms.example/s?id=7"', "survey.link"),
        ('link = ""', 'link = "http://forms.example/s"', "survey.link"),
        ('team = "intake"\nsource = "Annual report 2024/25: the community"',
         'team = "intake"\nplaces = ["community"]\nsource = "s"', "some concern would be nobody's"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(PracticeFault, match=told):
        load(changed(tmp_path, (old, new)))


def test_a_file_that_is_not_there_or_no_toml_is_told(tmp_path: Path) -> None:
    with pytest.raises(PracticeFault, match="there is no such file"):
        load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("a = ")
    with pytest.raises(PracticeFault, match="not TOML"):
        load(tmp_path / "bad.toml")
