"""The settings of signing in: names of organisations are those of the access table, and a wrong one is told at start."""

from __future__ import annotations

import pytest

from ascbridge import config
from ascbridge.config import ConfigError


def test_whoever_says_no_organisation_is_the_council_s_and_more_names_can_be_given() -> None:
    made = config.load(sign_in={"organisations": {"CCC-Adults": "council", "Invented Staffing": "agency"}})
    assert made.sign_in.own_organisation == "council"
    assert made.sign_in.organisations["Invented Staffing"] == "agency"
    assert made.sign_in.table_agreed_by == ""


def test_an_organisation_that_the_table_does_not_have_is_refused_at_start() -> None:
    with pytest.raises(ConfigError, match=r"sign_in\.organisations"):
        config.load(sign_in={"organisations": {"Elsewhere": "elsewhere"}})
    with pytest.raises(ConfigError, match=r"sign_in\.own_organisation"):
        config.load(sign_in__own_organisation="elsewhere")
    assert config.load(sign_in__own_organisation="").sign_in.own_organisation == ""
