"""Forgetting behind the wall: events after the topic's days, concerns after their years."""

from __future__ import annotations

from ascbridge.safeguarding.concern_clocks import months_after
from ascbridge.safeguarding.wall_time import forget
from tests.safeguarding.behind import DAY, NOON, Behind


def test_events_go_after_their_days_and_the_concern_stays(behind: Behind) -> None:
    reference = behind.take()
    behind.clock.at_ms = NOON + 3 * DAY
    assert behind.run(lambda c: forget(c, behind.vault, 3 * DAY)) == 0
    assert len(behind.events()) == 1
    behind.clock.at_ms += 1
    behind.run(lambda c: forget(c, behind.vault, 3 * DAY))
    assert behind.events() == []
    assert behind.stood(reference).version == 1


def test_a_concern_goes_eight_years_after_it_was_closed_and_not_a_day_sooner(behind: Behind) -> None:
    reference = behind.take()
    behind.act(reference, "decide", choice="signposted", text="Why")
    behind.clock.at_ms = months_after(NOON, 96)
    assert behind.run(lambda c: forget(c, behind.vault, DAY)) == 0
    behind.clock.at_ms += DAY
    assert behind.run(lambda c: forget(c, behind.vault, DAY)) == 1
