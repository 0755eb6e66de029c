"""Lists of reasons: what can be chosen, and what the national lists are known of."""

import pytest

from ascbridge.reference.in_force import ReferenceLists
from ascbridge.reference.list_files import BadList
from tests.reference.lists import DROP, made


def test_reasons_by_list() -> None:
    reasons = made("reasons", DROP)
    assert reasons.of("drop") == {
        "duplicate": "The work is done under another task",
        "moved-away": "Moved away",
    }
    assert reasons.of("delay") == {}
    assert reasons.things()[1].name == "drop: moved-away"


def test_the_national_lists_are_whole_or_say_that_they_are_not() -> None:
    shipped = ReferenceLists().reasons(0)
    assert len(shipped.of("delay-2022")) == 18
    assert len(shipped.of("delay-2024")) == 7
    assert {one.name: one.complete for one in shipped.list} == {
        "drop": True,
        "pause": True,
        "reject": True,
        "not-home": True,
        "stage-back": True,
        "sourcing-failed": True,
        "delay-2022": True,
        "delay-2024": False,
    }


def test_what_the_desk_needs_is_asked_for() -> None:
    with pytest.raises(BadList) as fault:
        made("reasons", DROP.replace('"drop"', '"other"').replace('"moved-away"', '"duplicate"'))
    assert fault.value.lines == (
        "list other: code duplicate stands there twice",
        "there is no list drop: a task could not be dropped",
    )
