"""The later statement sorts later."""

from hypothesis import given
from hypothesis import strategies as st

from ascbridge.events.facts.catalogue import Stamp
from ascbridge.people.stamps import origin, sortable

numbers = st.integers(-(10**14), 10**15)
stamps = st.builds(
    Stamp, recorded_ms=numbers, sequence=st.integers(0, 10**15), sent_ms=numbers, rank=st.integers(0, 9)
)


def _order(stamp: Stamp) -> tuple[int, ...]:
    return (stamp.recorded_ms, stamp.sequence, stamp.sent_ms, stamp.rank)


@given(one=stamps, other=stamps)
def test_text_sorts_as_recorded_sequence_sent_rank(one: Stamp, other: Stamp) -> None:
    assert (sortable(one, "m") < sortable(other, "m")) == (_order(one) < _order(other))


def test_the_message_and_then_its_translation_break_ties() -> None:
    same = Stamp(recorded_ms=5)
    in_order = [
        sortable(same, "a", 0),
        sortable(same, "a", 1),
        sortable(same, "a", 10),
        sortable(same, "b", 0),
    ]
    assert sorted(in_order) == in_order


def test_it_tells_where_it_came_from() -> None:
    assert origin(sortable(Stamp(recorded_ms=-5), "0198.x-y", 12)) == ("0198.x-y", 12)
