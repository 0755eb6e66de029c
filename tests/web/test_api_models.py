"""The published shapes: every word of the ledger is defined in them, and nothing unknown is taken in."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ascbridge.operations.flowing.balance import MEANINGS
from ascbridge.web.api_models import ActIn, LedgerOut


def test_each_word_of_the_ledger_is_defined_where_programs_read_it() -> None:
    properties = LedgerOut.model_json_schema()["properties"]
    assert {name: properties[name]["description"] for name in MEANINGS} == MEANINGS
    assert "received = refused + duplicate + kept" in " ".join((LedgerOut.__doc__ or "").split())


def test_what_is_not_known_is_not_taken() -> None:
    with pytest.raises(ValidationError):
        ActIn.model_validate({"version": 0, "surprise": 1})
    with pytest.raises(ValidationError):
        ActIn(version=0, text="x" * 2001)
