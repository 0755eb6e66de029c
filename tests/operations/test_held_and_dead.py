"""One fault is one line: held people and dead letters by cause, with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations import held_and_dead
from ascbridge.operations.held_and_dead import DeadGroup, HeldGroup
from tests.web.city import MINUTE, NOON
from tests.web.faults import bury_one, hold_one

if TYPE_CHECKING:
    from tests.web.city import City

CAUSE = "feed itk-v24 has no profile here; add it to the settings"


def test_people_held_for_one_cause_are_one_line(empty_city: City) -> None:
    hold_one(empty_city, CAUSE, local_id="L1", visit="V1")
    empty_city.clock.at_ms += MINUTE
    hold_one(empty_city, CAUSE, local_id="L2", visit="V2", nhs_number="9993000027")
    hold_one(empty_city, "another", local_id="L3", visit="V3", nhs_number="9993000035")
    first, second = empty_city.bridge.read_now(held_and_dead.held_groups)
    assert first == HeldGroup("translator", CAUSE, 2, NOON, NOON + MINUTE, 2, 2)
    assert (second.cause, second.lanes, second.parked) == ("another", 1, 1)
    assert len(empty_city.bridge.read_now(lambda c: held_and_dead.held_people(c, "translator", CAUSE))) == 2


def test_dead_letters_of_one_cause_are_one_line_and_can_be_listed(empty_city: City) -> None:
    oldest = bury_one(empty_city, CAUSE, local_id="L1", visit="V1")
    empty_city.clock.at_ms += MINUTE
    bury_one(empty_city, CAUSE, local_id="L2", visit="V2", nhs_number="9993000027")
    bury_one(empty_city, "another", local_id="L3", visit="V3", nhs_number="9993000035")
    groups = empty_city.bridge.read_now(held_and_dead.dead_groups)
    assert DeadGroup("translator", CAUSE, 2, NOON, NOON + MINUTE) in groups
    assert len(groups) == 2
    listed = empty_city.bridge.read_now(
        lambda c: held_and_dead.dead_letters(c, consumer="translator", cause=CAUSE)
    )
    assert listed[0].dead_id == oldest
    assert len(listed) == 2
    one = empty_city.bridge.read_now(lambda c: held_and_dead.dead_letter_of(c, oldest))
    assert one is not None
    assert (one.cause, one.feed, one.state) == (CAUSE, "itk-v24", "open")
    assert empty_city.bridge.read_now(lambda c: held_and_dead.of_message(c, one.message_id)) == (one,)
    assert empty_city.bridge.read_now(lambda c: held_and_dead.dead_letter_of(c, "none")) is None


def test_a_fault_of_ours_and_one_of_the_settings_have_different_advice() -> None:
    ours = held_and_dead.what_to_do("KeyError in engine.py:12; the program did not expect this; report it")
    assert "support" in ours
    assert "support" not in held_and_dead.what_to_do(CAUSE)
