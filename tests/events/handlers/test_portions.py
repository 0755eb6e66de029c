"""Portions: more at a time while a reader is behind and quick, few again as soon as it keeps up."""

from ascbridge.events.handlers.portions import LONGEST_REST_S, QUICK_S, RESTS, SLOW_S, Portions

QUICK, FAIR, SLOW = QUICK_S / 2, (QUICK_S + SLOW_S) / 2, SLOW_S * 2


def sizes(portions: Portions, *taken: tuple[int, float]) -> list[int]:
    found = []
    for count, seconds in taken:
        portions.handled(count, seconds)
        found.append(portions.size)
    return found


def test_a_reader_that_is_behind_and_quick_takes_more_up_to_the_most() -> None:
    assert sizes(Portions(200, 1_000), (200, QUICK), (400, QUICK), (800, QUICK), (1_000, QUICK)) == [
        400, 800, 1_000, 1_000,
    ]  # fmt: skip


def test_long_transactions_make_portions_smaller_and_fair_ones_leave_them() -> None:
    assert sizes(Portions(200, 1_000), (200, QUICK), (400, FAIR), (400, SLOW), (200, SLOW)) == [
        400, 400, 200, 200,
    ]  # fmt: skip


def test_who_finds_no_more_keeps_up_and_takes_as_many_as_usual() -> None:
    assert sizes(Portions(200, 1_000), (200, QUICK), (399, QUICK)) == [400, 200]


def test_a_portion_that_fails_is_followed_by_a_usual_one() -> None:
    portions = Portions(200, 1_000)
    portions.handled(200, QUICK)
    portions.failed()
    assert portions.size == 200


def test_the_most_is_never_less_than_the_usual() -> None:
    assert sizes(Portions(200, 0), (200, QUICK)) == [200]


def test_a_portion_as_large_as_was_asked_for_says_that_more_wait() -> None:
    portions = Portions(200, 1_000)
    assert not portions.full
    for count, full in ((200, True), (400, True), (799, False), (200, True), (0, False)):
        portions.handled(count, QUICK)
        assert portions.full == full


def test_who_keeps_up_rests_the_longer_the_longer_it_took_within_bounds() -> None:
    portions = Portions(200, 1_000)
    portions.handled(7, QUICK)
    took = LONGEST_REST_S / RESTS / 2
    assert portions.rest_s(0.02, took) == RESTS * took
    assert portions.rest_s(0.02, 0.0001) == 0.02
    assert portions.rest_s(0.02, 60) == LONGEST_REST_S


def test_who_is_behind_rests_no_longer_than_it_must() -> None:
    portions = Portions(200, 1_000)
    portions.handled(200, QUICK)
    assert portions.rest_s(0.02, 60) == 0.02


def test_a_reader_that_is_to_have_no_rest_has_none() -> None:
    portions = Portions(200, 1_000)
    portions.handled(7, QUICK)
    assert portions.rest_s(0, 60) == 0
