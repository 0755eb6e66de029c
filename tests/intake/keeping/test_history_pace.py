"""The pace of history: what is live goes first, and nothing that stands still holds it up for ever."""

from ascbridge.intake.keeping.history_pace import (
    ALONE,
    AT_LEAST_S,
    BESIDE_LIVE,
    MORE,
    MOST_BESIDE,
    QUICK_S,
    SLOW_S,
    STUCK_S,
    Pace,
)

LIVE = {"live": 3}


def test_alone_it_takes_large_portions_one_after_another() -> None:
    pace = Pace("past")
    assert pace.portion({}, 1.0) == ALONE
    pace.kept(1.0)
    assert pace.portion({"past": ALONE}, 1.01) == 0
    assert pace.portion({"past": 1}, 1.02) == ALONE


def test_beside_live_messages_it_takes_small_ones_and_not_at_once() -> None:
    pace = Pace("past")
    assert pace.portion(LIVE, 1.0) == BESIDE_LIVE
    pace.kept(1.0)
    assert pace.portion(LIVE, 1.0 + AT_LEAST_S / 2) == 0
    assert pace.portion(LIVE | {"past": BESIDE_LIVE + 1}, 1.0 + AT_LEAST_S) == 0
    assert pace.portion(LIVE | {"past": BESIDE_LIVE}, 1.0 + SLOW_S) == BESIDE_LIVE


def sizes(pace: Pace, *took_s: float) -> list[int]:
    """How many lines follow upon portions that took so long, beside live messages."""
    now_s, found = 1.0, []
    for each in took_s:
        pace.kept(now_s)
        now_s += each
        found.append(pace.portion(LIVE, now_s))
    return found


def test_what_comes_through_quickly_is_followed_by_more_and_what_does_not_by_half() -> None:
    quick, fair, slow = (AT_LEAST_S + QUICK_S) / 2, (QUICK_S + SLOW_S) / 2, SLOW_S * 2
    pace = Pace("past")
    assert sizes(pace, quick, quick, fair) == [
        BESIDE_LIVE + MORE,
        BESIDE_LIVE + 2 * MORE,
        BESIDE_LIVE + 2 * MORE,
    ]
    assert sizes(pace, *[quick] * 20)[-1] == MOST_BESIDE
    assert sizes(pace, slow, slow, slow) == [MOST_BESIDE // 2, BESIDE_LIVE, BESIDE_LIVE]


def test_what_does_not_move_holds_it_up_for_a_while_only() -> None:
    pace, stuck = Pace("past"), {"past": 10 * BESIDE_LIVE}
    assert pace.portion(stuck, 1.0) == 0
    assert pace.portion(stuck, 1.0 + STUCK_S) == ALONE
    more = {"past": stuck["past"] + BESIDE_LIVE + 1}
    assert pace.portion(more, 1.1 + STUCK_S) == 0
    assert pace.portion({"past": 0}, 1.2 + STUCK_S) == ALONE  # it has come through after all
    assert pace.portion(stuck, 1.3 + STUCK_S) == 0
