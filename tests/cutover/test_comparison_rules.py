"""The rules of comparing: one for each event type, about members that there are, each tolerance with its why."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import pytest

from ascbridge.cutover import comparison_rules as rules
from ascbridge.cutover.comparison_rules import Rule, RulesFault
from ascbridge.events.handlers.switches import EVENT_TYPES

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (resources.files("ascbridge.cutover") / "rules.toml").read_text("utf-8")


def test_the_shipped_rules_are_about_every_event_type() -> None:
    assert rules.shipped().rule.keys() == EVENT_TYPES.keys()


def test_open_is_what_goes_on() -> None:
    review = rules.shipped().rule["review"]
    assert (review.is_open({"status": "due"}), review.is_open({"status": "done"})) == (True, False)
    assert Rule(window_hours=1).is_open({"team": ""})


@pytest.mark.parametrize(
    "old,new,wrong",
    [
        ("[rule.worker]\nwindow_hours = 72\n", "", "rule.worker: is needed"),
        ("[rule.worker]\n", "[rule.wrker]\n", "rule.wrker: there is no such event type"),
        ("least_agreement = 1.0", "least_agreement = 1.1", "criteria.least_agreement: Input should be less"),
        ("[criteria]", "[criteria", "not TOML"),
        ("[rule.worker]\nwindow_hours = 72", "[rule.worker]", "rule.worker.window_hours: Field required"),
        ("[rule.worker]\n", '[rule.worker]\nkeys = ["id"]\n', "'id' cannot be a key: a person has one"),
        ("[rule.review]\n", '[rule.review]\nkeys = ["due"]\n', "rule.review: there is no member 'due'"),
        ("[rule.package]\n", '[rule.package]\nkeys = ["changed_on"]\n', "'changed_on' cannot be a key"),
        ('known_by = ["due_on"]', 'known_by = ["due"]', "rule.review: there is no member 'due'"),
        ('known_by = ["due_on"]', 'silent = { outcom = "not migrated" }', "no member 'outcom'"),
    ],
)
def test_rules_about_what_is_not_there_are_refused(old: str, new: str, wrong: str) -> None:
    with pytest.raises(RulesFault, match=wrong):
        rules.parse(TEXT.replace(old, new, 1))


def test_a_file_of_ones_own_replaces_the_shipped_rules(tmp_path: Path) -> None:
    own = tmp_path / "ours.toml"
    own.write_text(TEXT.replace("least_agreement = 1.0", "least_agreement = 0.9", 1), "utf-8")
    assert (rules.load(own).criteria.least_agreement, rules.load().criteria.least_agreement) == (0.9, 1.0)


def test_every_fault_of_a_file_is_told_at_once_with_its_name(tmp_path: Path) -> None:
    own = tmp_path / "ours.toml"
    with pytest.raises(RulesFault, match=r"ours\.toml: there is no such file"):
        rules.load(own)
    own.write_text(
        TEXT.replace("[rule.death]\nwindow_hours = 72\n", "").replace(
            'known_by = ["due_on"]', 'known_by = ["due"]'
        ),
        "utf-8",
    )
    with pytest.raises(RulesFault) as told:
        rules.load(own)
    assert str(told.value).splitlines() == [
        "ours.toml: rule.death: is needed", "ours.toml: rule.review: there is no member 'due'",
    ]  # fmt: skip
    own.write_bytes(b"\xff")
    with pytest.raises(RulesFault, match="not a text"):
        rules.load(own)


def test_a_tolerance_without_a_why_is_refused() -> None:
    with pytest.raises(RulesFault, match=r"rule\.review\.silent\.outcome"):
        rules.parse(TEXT.replace('known_by = ["due_on"]', 'silent = { outcome = "" }', 1))
