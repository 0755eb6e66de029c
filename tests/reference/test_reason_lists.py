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


def test_whatever_names_safeguarding_reads_other_whether_it_is_marked_or_not() -> None:
    lists = {one.name: one for one in ReferenceLists().reasons(0).list}
    withheld = [one.code for each in lists.values() for one in each.reason if one.reads_other]
    assert withheld == ["delay-2022-18"]
    unmarked = lists["delay-2022"].reason[-1].model_copy(update={"withheld": False})
    assert unmarked.reads_other
    marked = lists["drop"].reason[0].model_copy(update={"withheld": True})
    assert marked.reads_other


def test_a_code_of_no_list_is_its_own_word_and_other_has_its_own() -> None:
    reasons = ReferenceLists().reasons(0)
    assert (reasons.words_of("never-heard-of"), reasons.words_of("other")) == (
        "never-heard-of",
        "Another reason",
    )
