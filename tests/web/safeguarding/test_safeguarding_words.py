"""Every code of safeguarding has words."""

from __future__ import annotations

from typing import get_args

from ascbridge.events.facts.concerns import AbuseType, Known
from ascbridge.safeguarding.concern_changes import CONCERN_ACTS
from ascbridge.web.safeguarding.safeguarding_words import (
    ABUSE_WORDS,
    ACT_TITLES,
    ACTED,
    KNOWN_WORDS,
)


def test_every_code_has_words() -> None:
    assert set(ABUSE_WORDS) == set(get_args(AbuseType))
    assert set(KNOWN_WORDS) == set(get_args(Known))
    assert set(ACT_TITLES) == set(CONCERN_ACTS)
    assert set(ACTED) == {*CONCERN_ACTS, "raise"}
