"""Concerns on their topic: an open part that tells nothing, and all of it sealed beside."""

from __future__ import annotations

from typing import get_args

from ascbridge.events.facts import concerns
from ascbridge.events.facts.catalogue import FACTS
from ascbridge.events.facts.concerns import AbuseType, ConcernFact, SealedConcern


def test_every_safeguarding_event_says_which_concern_and_nothing_else() -> None:
    mine = {name: fact for name, fact in FACTS.items() if fact.family == "safeguarding"}
    assert len(mine) == 7
    for name, fact in mine.items():
        assert issubclass(fact, ConcernFact), name
        assert set(fact.model_fields) == {"concern", "revision"}, name
        assert fact.seals is SealedConcern, name


def test_no_other_familys_event_is_made_here() -> None:
    here = {
        value
        for value in vars(concerns).values()
        if isinstance(value, type) and issubclass(value, ConcernFact)
    }
    assert {one.family for one in here} == {"safeguarding"}


def test_there_are_ten_kinds_of_abuse() -> None:
    assert len(get_args(AbuseType)) == 10
