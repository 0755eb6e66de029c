"""The rules of comparing: one for each event type, about members that there are, each tolerance with its why."""

from __future__ import annotations

from importlib import resources

import pytest
from pydantic import ValidationError

from ascbridge.cutover import comparison_rules as rules
from ascbridge.cutover.comparison_rules import Rule, RulesFault
from ascbridge.events.switches import EVENT_TYPES

TEXT = (resources.files("ascbridge.cutover") / "rules.toml").read_text("utf-8")


def test_the_shipped_rules_are_about_every_event_type() -> None:
    assert rules.shipped().rule.keys() == EVENT_TYPES.keys()


def test_open_is_what_goes_on() -> None:
    review = rules.shipped().rule["review"]
    assert (review.is_open({"status": "due"}), review.is_open({"status": "done"})) == (True, False)
    assert Rule().is_open({"team": ""})


@pytest.mark.parametrize(
    "old,new,wrong",
    [
        ("[rule.worker]\n", "", "wants a rule for each"),
        ('known_by = ["due_on"]', 'known_by = ["due"]', "rule.review: there is no member 'due'"),
        ('known_by = ["due_on"]', 'silent = { outcom = "not migrated" }', "no member 'outcom'"),
    ],
)
def test_rules_about_what_is_not_there_are_refused(old: str, new: str, wrong: str) -> None:
    with pytest.raises(RulesFault, match=wrong):
        rules.parse(TEXT.replace(old, new, 1))


def test_a_tolerance_without_a_why_is_refused() -> None:
    with pytest.raises(ValidationError):
        rules.parse(TEXT.replace('known_by = ["due_on"]', 'silent = { outcome = "" }', 1))
