"""How long what is resolved is kept, as the settings say it."""

from __future__ import annotations

from typing import Any

import pytest

from ascbridge import config
from ascbridge.config import ConfigError
from ascbridge.retention_sections import NEVER


def test_until_a_council_says_otherwise_what_was_understood_is_kept_as_long_as_the_record() -> None:
    wanted = config.load(None).retention
    assert wanted.messages_days == NEVER
    assert (wanted.refused_days, wanted.letters_days, wanted.alerts_days) == (365, 2_922, 365)


@pytest.mark.parametrize("given", [{"messages_days": -1}, {"letters_days": 36_526}, {"concerns_days": 1}])
def test_what_cannot_be_used_is_told(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"retention\."):
        config.load(None, retention=given)
