"""What must be done before somebody leaves or the work is closed."""

from typing import get_args

import pytest

from ascbridge.discharge.deciding.blocks import STOPS, Stopped, blocks, stopping
from ascbridge.discharge.deciding.desk_state import DeskState, Sourcing
from tests.discharge.builders import REFERENCE


@pytest.mark.parametrize("step", get_args(Sourcing))
def test_what_is_sought_and_not_placed_stops_the_desk_from_saying_that_somebody_left(step: Sourcing) -> None:
    found = blocks(DeskState(stage="sourcing", sourcing=step))
    assert bool(found) == (step in {"requested", "offered", "failed"})
    assert stopping(found, "discharge") == list(found)
    assert stopping(found, "completion") == []


def test_every_block_stops_something_and_has_words() -> None:
    assert set(REFERENCE.words.block) == set(STOPS)
    assert all(what and what <= set(get_args(Stopped)) for what in STOPS.values())
    assert stopping(["never-heard-of"], "discharge") == []
