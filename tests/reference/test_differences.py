"""What a new version changes, in people's words."""

from ascbridge.reference.differences import differences
from tests.reference.lists import AGREED, HOURS, made

BEFORE = made("service-hours", HOURS)


def test_what_is_added_removed_and_changed() -> None:
    body = HOURS.replace('18:00"]', '20:00"]\nagreed = true\n' + AGREED.rstrip()).replace(
        "Emergency Out of Hours", "Night Watch"
    )
    told = [str(one) for one in differences(BEFORE, made("service-hours", body))]
    assert told == [
        "removed: Emergency Out of Hours (daily: 00:00 to 08:00, 18:00 to 24:00)",
        (
            "changed: Community Discharge Team (daily: 08:00 to 20:00, was 08:00 to 18:00; "
            "agreement: agreed by Head of Hospital Social Work on 2026-02-01, was not agreed)"
        ),
        "added: Night Watch (daily: 00:00 to 08:00, 18:00 to 24:00; not agreed)",
    ]


def test_what_is_said_no_more_was_something() -> None:
    with_day = HOURS.replace('daily = ["08:00-18:00"]', 'daily = ["08:00-18:00"]\nbank_holiday = []')
    (one,) = differences(made("service-hours", with_day), BEFORE)
    assert str(one) == "changed: Community Discharge Team (bank holiday: nothing, was closed)"


def test_the_same_again_is_no_difference() -> None:
    assert differences(BEFORE, made("service-hours", HOURS, version=3, day="2027-01-01")) == ()
