"""Each cause has its place in the runbook."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ascbridge.alerts.causes import CAUSES, runbook

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_has_its_place_in_the_runbook(cause: str) -> None:
    page, _, anchor = runbook(cause, str(DOCS)).partition("#")
    heads = re.findall(r"^## (.+)$", Path(page).read_text("utf-8"), re.MULTILINE)
    assert anchor in {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}
