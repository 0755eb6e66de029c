"""A city that tells its hospital how work stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.events.facts.task_progress import STEPS
from ascbridge.replies.telling import Telling, Wanted
from tests.web.city import City

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path / "city")
    made.handlers.append(Telling([Wanted("uhcw", "RKB", frozenset(STEPS))], 1, made.clock))
    yield made
    made.close()
