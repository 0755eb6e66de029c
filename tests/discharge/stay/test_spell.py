"""A spell is a fold: any order and any repetition of what was said gives the same state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.discharge.stay.spell import (
    EMPTY,
    SpellState,
    fold,
    from_json,
    merge,
    outdated,
    to_json,
    without,
)
from ascbridge.discharge.stay.spell_view import view
from ascbridge.discharge.stay.statements import Said
from tests.discharge.builders import W21, admitted, discharged, not_ready, ready, said, snapshot
from tests.discharge.stories import shuffled, spells


def hear(heard: list[Said]) -> SpellState:
    """Hear one by one, as the desk does: merge, and fold afresh from the evidence when a message came again."""
    state, evidence = EMPTY, []
    for one in heard:
        evidence.append(one)
        state = fold(evidence, state.translations) if outdated(state, one) else merge(state, one)
    return state


@given(shuffled())
def test_any_order_and_any_repetition_give_the_same_state(two: tuple[list[Said], list[Said]]) -> None:
    one, other = map(hear, two)
    assert one == other
    assert view(one) == view(other)
    assert one == fold(two[1])


@given(spells(), st.data())
def test_hearing_something_again_changes_nothing(heard: list[Said], data: st.DataObject) -> None:
    state = hear(heard)
    again = data.draw(st.sampled_from(heard))
    assert merge(state, again) == state


@given(spells())
def test_a_state_survives_its_json(heard: list[Said]) -> None:
    state = hear(heard)
    assert from_json(to_json(state)) == state
    assert to_json(from_json(to_json(state))) == to_json(state)


def test_a_state_does_not_grow_with_the_length_of_the_stay() -> None:
    state = EMPTY
    sizes = []
    for hour in range(200):
        when = 1_772_000_000_000 + hour * 3_600_000
        state = merge(
            state, said(snapshot(when, ward=W21, expected_discharge="2026-03-09"), message=f"m{hour:04d}")
        )
        sizes.append(len(to_json(state)))
    assert sizes[-1] == sizes[0]


def test_ready_signals_from_before_the_last_not_ready_are_let_go() -> None:
    state = fold(
        [
            said(ready("2026-03-06T11:00")),
            said(ready("2026-03-06T12:00")),
            said(not_ready("2026-03-07T10:00")),
        ]
    )
    assert state.slots["ready"] == ()
    assert state.head("first_ready") is not None


def test_a_message_translated_again_replaces_all_that_it_said() -> None:
    heard = [
        said(admitted("2026-03-02T10:00"), message="m1"),
        said(discharged("2026-03-05T10:00"), message="m2"),
        said(snapshot("2026-03-05T10:00", ward=W21, translation=1), message="m2"),
    ]
    state = fold(heard)
    assert state.value("discharge") is None
    assert view(state).discharged_ms is None
    assert merge(state, heard[1]) == state


def test_a_later_translation_must_be_folded_afresh() -> None:
    first = said(admitted("2026-03-02T10:00"), message="m1")
    second = said(admitted("2026-03-02T11:00", translation=1), message="m1")
    state = merge(EMPTY, first)
    assert outdated(state, second)
    with pytest.raises(ValueError, match="fold the spell afresh"):
        merge(state, second)


def test_a_slot_can_be_left_out_and_comes_back_from_the_evidence() -> None:
    heard = [said(admitted("2026-03-02T10:00", ward=W21))]
    state = without(fold(heard), "ward")
    assert view(state).ward is None
    assert fold(heard, state.translations).value("ward") == ("W21", "BAY B", "BED 4", "RKB01")


def test_slots_with_names_are_told_by_their_name() -> None:
    state = fold([said(admitted("2026-03-02T10:00", patient_class="E")), said(snapshot("2026-03-02T11:00"))])
    assert set(state.named("class")) == {"E", "I"}
    assert state.value("nobody said anything", "nothing") == "nothing"
