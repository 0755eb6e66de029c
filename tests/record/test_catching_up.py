"""The pace after an outage: bounded until nobody waits, and none while all is well."""

from ascbridge.record.catching_up import CatchingUp


def test_while_all_is_well_nothing_is_held_back() -> None:
    pace = CatchingUp(100)
    assert pace.rest_until(50, 7.0, more=True) == 7.0


def test_after_a_failure_people_go_at_the_rate_whoever_sends_them() -> None:
    pace = CatchingUp(100)
    pace.failed()
    assert [pace.rest_until(50, 7.0, more=True) for _ in range(3)] == [7.5, 8.0, 8.5]
    assert pace.rest_until(50, 20.0, more=True) == 20.5  # time that nobody used is not made up for


def test_who_has_caught_up_goes_on_as_before() -> None:
    pace = CatchingUp(100)
    pace.failed()
    assert pace.rest_until(50, 7.0, more=True) == 7.5
    assert pace.rest_until(3, 8.0, more=False) == 8.0
    assert not pace.behind
    assert pace.rest_until(50, 8.0, more=True) == 8.0
