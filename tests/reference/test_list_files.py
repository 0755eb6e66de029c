"""Reading a list: every fault at once, with its place; and what ships."""

import pytest

from ascbridge.reference import list_files
from ascbridge.reference.list_files import KINDS, TITLES, BadList, read, shipped
from tests.reference.lists import HOURS, text


def test_every_fault_is_told_at_once_with_its_place() -> None:
    broken = text("service-hours", HOURS, more="shoe_size = 7\n").replace("version = 2\n", "")
    broken = broken.replace(
        'daily = ["08:00-18:00"]', 'daily = ["08:00-18:00"]\nsunday = "never"\nagreed = 7'
    )
    with pytest.raises(BadList) as fault:
        read(broken)
    assert sorted(fault.value.lines) == [
        "hours 1 (Community Discharge Team), agreed: must be true or false",
        "hours 1 (Community Discharge Team), sunday: must be a list",
        "shoe_size: there is no such value",
        "version: is needed",
    ]


def test_a_text_that_is_no_list_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadList, match="not TOML"):
        read("[look")
    with pytest.raises(BadList, match="kind: must be one of teams, service-hours"):
        read('kind = "weather"')
    monkeypatch.setattr(list_files, "MOST_BYTES", 10)
    with pytest.raises(BadList, match="longer than 10"):
        read(text("service-hours", HOURS))


def test_one_list_of_each_kind_ships_and_has_a_title() -> None:
    assert [one.kind for one in shipped()] == list(KINDS) == list(TITLES)
