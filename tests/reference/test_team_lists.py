"""Teams, and who is told what cannot wait."""

import pytest

from ascbridge.reference.list_files import BadList
from tests.reference.lists import made

TEAMS = """
duty = ["Second"]

[[team]]
name = "First"
phone = "01632 960001"

[[team]]
name = "Second"
does = "Waits"
"""


def test_teams_in_words_with_their_turn_on_duty() -> None:
    teams = made("teams", TEAMS)
    assert teams.names == ("First", "Second")
    assert [dict(one.said) for one in teams.things()] == [
        {"phone": "01632 960001"},
        {"does": "Waits", "told what cannot wait": "number 1"},
    ]


def test_a_name_that_stands_there_twice_and_a_duty_of_nobody_are_told_together() -> None:
    with pytest.raises(BadList) as fault:
        made("teams", TEAMS.replace('"First"', '"Second"').replace('duty = ["Second"]', 'duty = ["Third"]'))
    assert fault.value.lines == ("team Second stands there twice", "duty: there is no team Third")
