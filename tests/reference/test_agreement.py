"""What every list says of itself: its days, and who agreed to what."""

import pytest

from ascbridge.reference.agreement import twice
from ascbridge.reference.list_files import BadList, read, shipped
from tests.reference.lists import AGREED, HOURS, made, text

MIXED = HOURS.replace('daily = ["08:00-18:00"]', 'daily = ["08:00-18:00"]\nagreed = true\n' + AGREED)


def test_a_value_is_agreed_by_somebody_on_a_day_or_it_says_that_it_is_not() -> None:
    hours = made("service-hours", MIXED, more='source = "A letter"\nnot_known = ["Bank holidays"]\n')
    agreed, other = hours.things()
    assert agreed.agreed
    assert agreed.agreement == "agreed by Head of Hospital Social Work on 2026-02-01"
    assert (other.agreed, other.agreement, other.source) == (False, "not agreed", "A letter")
    told = [(one.what, one.not_known) for one in hours.not_agreed()]
    assert told == [("Emergency Out of Hours", False), ("Bank holidays", True)]


def test_a_whole_file_that_is_agreed_speaks_for_its_values() -> None:
    whole = text("service-hours", HOURS, more=AGREED).replace("agreed = false", "agreed = true")
    assert not list(read(whole).not_agreed())


@pytest.mark.parametrize(
    "head, fault",
    [
        ('agreed_by = "Somebody"\n', "agreed_by and agreed_on go with agreed = true"),
        ("effective_to = 2026-04-30\n", "effective_to is before effective_from"),
    ],
)
def test_a_head_that_does_not_fit_together_is_told(head: str, fault: str) -> None:
    with pytest.raises(BadList, match=fault):
        read(text("service-hours", HOURS, more=head))


def test_nothing_is_agreed_without_saying_who_and_when() -> None:
    with pytest.raises(BadList, match="needs agreed_by and agreed_on"):
        read(text("service-hours", HOURS).replace("agreed = false", "agreed = true"))


def test_nothing_that_ships_claims_to_be_agreed() -> None:
    for one in shipped():
        assert not one.agreed, one.ident
        assert all(not thing.agreed and thing.source for thing in one.things())


def test_what_stands_there_twice_is_told_once() -> None:
    assert list(twice(["b", "a", "b", "a", "b", "c"], "team")) == [
        "team a stands there twice",
        "team b stands there twice",
    ]
