"""The tale of a cut-over: one truth, told by both systems day by day, with what is wrong in the new one."""

import pytest

from ascbridge.simulator.case_faults import STATE_DIFFERENCES
from ascbridge.simulator.cut_over_tale import DAYS, QUIET, CutOverTale, _day

TALE = CutOverTale(3)


def test_each_thing_is_said_on_one_of_the_days_and_every_day_has_its_own():
    parts = [TALE.on(number) for number in range(len(DAYS))]
    assert all(parts)
    assert sorted(map(id, (one for part in parts for one in part))) == sorted(map(id, TALE.said))
    assert TALE.until(1) == [*parts[0], *parts[1]]
    assert TALE.until(3) == TALE.said


def test_nobody_says_anything_while_the_systems_are_put_right():
    assert QUIET.isdisjoint(map(_day, TALE.said))


def test_every_extract_is_dropped_once_and_what_is_put_right_a_night_later_with_it():
    files = [TALE.files(number) for number in range(len(DAYS))]
    names = [file.name for part in files for file in part]
    assert len(names) == len(set(names))
    rows = sum(file.rows for part in files for file in part)
    assert rows >= len(TALE.said)
    assert all(files)


def test_what_the_new_system_holds_is_told_again_once_wrong_and_once_right():
    wrong, right = TALE.told_again(right=False), TALE.told_again(right=True)
    left_behind, _ = TALE.differences
    assert len({one.key for one in right}) - len({one.key for one in wrong}) == 1
    assert left_behind.fact == "package"
    keys = [{one.key for one in posts} for posts in (wrong, right, TALE.posts(0), TALE.posts(1))]
    assert len(set.union(*keys)) == sum(map(len, keys))


@pytest.mark.parametrize("seed", range(1, 6))
def test_whatever_the_seed_each_fault_can_show(seed):
    tale = CutOverTale(seed)
    assert len({one.council_id for one in tale.differences}) == len(STATE_DIFFERENCES)
    packages = [one.value for one in tale.on(0) if one.fact == "package"]
    assert {"live", "suspended"} <= {value["status"] for value in packages}
    assert all(value["provider"] for value in packages)
