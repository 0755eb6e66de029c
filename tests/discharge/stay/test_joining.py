"""When a stay of the hospital's messages is the one that somebody entered by hand, and when nobody may say so but a person."""

import pytest

from ascbridge.discharge.stay.joining import Entered, Told, entered, joins, told
from ascbridge.discharge.stay.spell import fold
from ascbridge.discharge.stay.spell_view import view
from ascbridge.events.facts import catalogue as words
from tests.discharge.builders import DAY, HOUR, admitted, at, discharged, said, snapshot, stay

NOON = at("2026-03-06T12:00")
NOBODY: frozenset[str] = frozenset()


def by_hand(
    spell: str = "e1", site: str = "RKB01", at_ms: int = NOON, joined: frozenset[str] = NOBODY, apart: frozenset[str] = NOBODY
) -> Entered:  # fmt: skip
    return Entered(spell, site, at_ms, at_ms, joined, apart)


def sent(
    spell: str = "s1", site: str = "RKB01", came: int = NOON - DAY, left: int | None = None
) -> dict[str, Told | None]:
    return {spell: Told(spell, site, came, left)}


@pytest.mark.parametrize("others, joined",
    [
        (sent(), True),
        (sent(left=NOON + DAY), True),
        (sent(came=NOON + 2 * HOUR), True),  # came in later on the day of the entry
        (sent(left=NOON - 2 * HOUR), True),  # had left when somebody wrote it down
        (sent(came=NOON + DAY), False),
        (sent(left=NOON - DAY), False),
        (sent(site="RKB03"), False),
        (sent(site=""), False),
        ({"s1": None}, False),  # nobody says since when
        (sent() | sent("s2"), False),  # either could be meant
        (sent(came=NOON - DAY, left=NOON - HOUR) | sent("s2", came=NOON - 2 * 60_000), False),
        (sent() | sent("s2", left=NOON - DAY), True),
    ],
)  # fmt: skip
def test_a_stay_joins_by_itself_only_where_nothing_is_left_to_guess(
    others: dict[str, Told | None], *, joined: bool
) -> None:
    expected = {"s1": "e1"} if joined else {}
    if "s2" in others and others["s1"] and others["s1"].left_ms == NOON - HOUR:
        expected = {"s2": "e1"}  # the one at the moment of the entry
    assert joins([by_hand()], others) == expected


def test_an_entry_without_a_site_joins_nothing() -> None:
    assert joins([by_hand(site="")], sent(site="")) == {}


def test_what_a_person_said_holds_against_the_rule() -> None:
    assert joins([by_hand(joined=frozenset({"s1"}))], sent(site="elsewhere")) == {"s1": "e1"}
    assert joins([by_hand(joined=frozenset({"s1"}))], {"s1": None} | sent("s2")) == {"s1": "e1"}
    assert joins([by_hand(apart=frozenset({"s1"}))], sent()) == {}
    assert joins([by_hand(apart=frozenset({"s1"}))], sent() | sent("s2")) == {"s2": "e1"}


def test_what_two_people_entered_is_one_and_what_is_entered_weeks_later_another() -> None:
    again, later = by_hand("e2", at_ms=NOON + HOUR), by_hand("e3", at_ms=NOON + 30 * DAY)
    assert joins([again, later, by_hand()], sent()) == {"e2": "e1", "s1": "e1"}
    assert joins([again, by_hand(apart=frozenset({"e2"}))], sent()) == {"s1": "e1"}
    assert joins([by_hand("e2", "RYG", NOON), by_hand()], sent(site="RYG")) == {"s1": "e2"}


def test_an_entry_is_read_from_what_was_said() -> None:
    state = fold([said(stay(words.StayEnteredByHand, NOON, facility="RKB01", admitted_ms=NOON - 2 * DAY))])
    found = entered("e1", state, [], [])
    assert found == Entered("e1", "RKB01", NOON - 2 * DAY, NOON, NOBODY, NOBODY)
    assert found.days == (at("2026-03-04T00:00"), at("2026-03-07T00:00"))
    assert entered("s1", fold([said(admitted(NOON))]), [], []) is None


def test_who_was_not_there_or_nobody_says_since_when_is_told_of_nothing() -> None:
    assert told("s1", view(fold([said(snapshot(NOON))]))) is None
    planned = stay(words.AdmissionPlanned, NOON)
    assert told("s1", view(fold([said(planned)]))) is None
    came, went = admitted(NOON, facility="RKB01"), discharged(NOON + HOUR, facility="RKB01")
    assert told("s1", view(fold([said(came), said(went)]))) == Told("s1", "RKB01", NOON, NOON + HOUR)
