"""No number of one to four is shown, nor can it be taken from what is shown."""

from hypothesis import given
from hypothesis import strategies as st

from ascbridge.reports.small_numbers import LEAST, Counted, alone, counted, part


def test_one_small_group_takes_the_next_smallest_with_it() -> None:
    found = counted({"north": 3, "east": 9, "south": 40})
    assert found == Counted({"north": None, "east": None, "south": 40}, 52)
    assert (found.withheld, found.shows("south"), found.shows("north")) == (True, True, False)


def test_two_small_groups_that_make_enough_together_need_no_third() -> None:
    assert counted({"north": 3, "east": 4, "south": 40}).groups == {"north": None, "east": None, "south": 40}


def test_two_that_are_one_and_one_would_be_told_by_their_sum() -> None:
    assert counted({"a": 1, "b": 1, "c": 7, "d": 30}).groups == {"a": None, "b": None, "c": None, "d": 30}


def test_a_nought_is_shown_and_hides_nobody() -> None:
    assert counted({"north": 0, "east": 3, "south": 8}).groups == {"north": 0, "east": None, "south": None}
    assert not counted({"north": 0, "east": 5}).withheld


def test_where_there_are_few_in_all_nothing_is_told_not_even_who_there_is_none_of() -> None:
    assert counted({"north": 0, "east": 3}) == Counted({"north": None, "east": None}, None)


def test_a_single_group_that_is_small_beside_noughts_takes_the_total_with_it() -> None:
    assert counted({"north": 4}).total is None
    assert counted({}) == Counted({}, 0)


def test_a_number_by_itself() -> None:
    assert [alone(many) for many in (0, 1, 4, 5)] == [0, None, None, 5]


def test_a_part_is_shown_where_neither_it_nor_the_rest_is_small() -> None:
    wholes = [(0, 9), (4, 9), (5, 9), (5, 10), (9, 9), (0, 0), (5, None), (None, 9)]
    assert [part(many, whole) for many, whole in wholes] == [0, None, None, 5, 9, 0, None, None]


@given(st.dictionaries(st.integers(0, 8), st.integers(0, 12), min_size=1))
def test_nobody_who_subtracts_learns_a_small_number(groups: dict[int, int]) -> None:
    found = counted(groups)
    hidden = [one for one, many in found.groups.items() if many is None]
    assert all(many == 0 or many >= LEAST for many in found.groups.values() if many is not None)
    assert all(groups[one] == many for one, many in found.groups.items() if many is not None)
    if found.total is not None and hidden:
        left = found.total - sum(many for many in found.groups.values() if many is not None)
        assert len(hidden) > 1
        assert left >= LEAST
    if any(0 < many < LEAST for many in groups.values()):
        assert hidden
