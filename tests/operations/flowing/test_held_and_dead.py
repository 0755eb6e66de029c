"""One fault is one line: held people and dead letters by cause, with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.flowing import held_and_dead
from ascbridge.operations.flowing.held_and_dead import DeadGroup, HeldGroup
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
    assert DeadGroup("translator", CAUSE, 2, NOON, NOON + MINUTE, "itk-v24", 2) in groups
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


@pytest.mark.parametrize(
    "cause, place, says",
    [
        ("the profile of feed itk-v24 no longer reads it: PV1-14: a code", "PV1-14", "Look at PV1-14"),
        ("the profile of feed f no longer reads it: NK1:2-3: too long", "NK1:2-3", "Look at NK1:2-3"),
        ("no longer reads it: $.package[0].status: not a word", "$.package[0].status", "Look at $.package"),
        ("feed itk-v24 has no profile here; add it to the settings", "", "Add the feed"),
        ("a person or stay it names has no key yet; send the message again", "", "Have the sender"),
        ("the pointer names a message that is not kept: where the database", "", "after a restore"),
    ],
)
def test_the_cause_names_the_place_and_what_to_do(cause: str, place: str, says: str) -> None:
    assert held_and_dead.place_in(cause) == place
    assert says in held_and_dead.what_to_do(cause)


def test_one_cause_in_two_feeds_is_two_lines_and_each_can_be_listed(empty_city: City) -> None:
    for person in ("1", "2"):
        bury_one(empty_city, CAUSE, local_id=f"L{person}", visit=f"V{person}", nhs_number="")
    bury_one(empty_city, CAUSE, local_id="L1", visit="V1", nhs_number="")
    (group,) = empty_city.bridge.read_now(held_and_dead.dead_groups)
    assert (group.feed, group.count, group.people, group.place) == ("itk-v24", 3, 2, "")
    for feed, count in (("itk-v24", 3), ("council-facts", 0)):
        found = empty_city.bridge.read_now(lambda c, feed=feed: held_and_dead.dead_letters(c, feed=feed))
        assert len(found) == count
