"""The stages of a task's life: which lead where, whose each is, and what makes no sense together."""

import pytest

from ascbridge.discharge.deciding.pathway import STAGES
from ascbridge.reference.in_force import ReferenceLists, version_of
from ascbridge.reference.list_files import BadList, shipped
from ascbridge.reference.task_stages import NEVER_LISTED, TaskStages
from tests.reference.lists import HOURS, made

SHIPPED = ReferenceLists().stages(0)
SHORT = """
[[stage]]
stage = "new"

[[stage]]
stage = "triaged"
may_skip = true

[[stage]]
stage = "arranged"
team = "Community Discharge Team"
back_to = ["triaged"]
reasons = "drop"
escalates_to = "Emergency Out of Hours"
escalates_after = 60
"""


def test_what_ships_has_every_stage_of_the_way_in_the_programs_order_and_nobody_agreed_to_it() -> None:
    assert SHIPPED.names == tuple(one for one in STAGES if one not in NEVER_LISTED)
    assert len(list(SHIPPED.not_agreed())) == len(SHIPPED.stage) + len(SHIPPED.not_known)


@pytest.mark.parametrize("stage", STAGES)
def test_from_every_stage_that_ships_there_is_a_way_on_but_from_the_last_and_those_that_end(
    stage: str,
) -> None:
    last = {"assessment-due", *NEVER_LISTED}
    assert bool(SHIPPED.onward(stage)) == (stage not in last)


def test_work_goes_to_the_next_stage_and_beyond_those_that_may_be_passed_over() -> None:
    short = made("stages", SHORT)
    assert isinstance(short, TaskStages)
    assert short.onward("new") == ("triaged", "arranged")
    assert short.onward("triaged") == ("arranged",)
    assert short.onward("arranged") == ()
    assert short.onward("sourcing") == ("triaged", "arranged")  # a stage that the list has no more: on to any
    assert short.onward("done") == ()
    assert (short.of("arranged").back_to, short.of("sourcing").back_to) == (("triaged",), ())


def test_what_makes_no_sense_is_told_with_its_stage() -> None:
    with pytest.raises(BadList) as fault:
        made(
            "stages",
            SHORT.replace('"new"', '"begun"')
            .replace('back_to = ["triaged"]', 'back_to = ["arranged"]')
            .replace('escalates_to = "Emergency Out of Hours"\n', "")
            + '[[stage]]\nstage = "done"\n[[stage]]\nstage = "triaged"\n',
        )
    assert fault.value.lines == (
        "stage triaged stands there twice",
        "the first stage must be new: every task begins there",
        "stage done is how a task ends",
        "stage arranged: arranged does not come before it",
        "stage arranged: escalates_after needs escalates_to: whom it is told to",
    )


def test_every_stage_that_ships_says_who_hears_of_late_work_and_none_of_it_is_agreed() -> None:
    assert [one.stage for one in SHIPPED.stage if not one.escalates_to or one.escalates_after <= 0] == []
    assert {one.escalates_to for one in SHIPPED.stage} <= set(ReferenceLists().teams(0).names)
    assert not any(thing.agreed for thing in SHIPPED.things())


def test_loaded_stages_must_fit_teams_hours_and_reasons_and_what_ships_gives_way() -> None:
    wrong = SHORT.replace('team = "Community Discharge Team"', 'team = "Night Owls"').replace(
        '"Emergency Out of Hours"', '"Day Larks"'
    ).replace('"drop"', '"moods"')  # fmt: skip
    lists = ReferenceLists().with_version(version_of(made("stages", wrong, day="2026-01-01"), "somebody", 5))
    assert list(lists.faults("Community Discharge Team", 10**13)) == [
        "stages@2: arranged: Night Owls has no hours",
        "stages@2: arranged: there is no team Day Larks",
        "stages@2: arranged: there is no list of reasons moods",
    ]
    hours = version_of(made("service-hours", HOURS, day="2026-01-01"), "somebody", 5)
    fewer = ReferenceLists().with_version(hours)
    assert not list(fewer.faults("Community Discharge Team", 10**13))
    assert (fewer.stage_team("sourcing", 0), fewer.stage_team("sourcing", 10**13)) == ("Brokerage Team", "")


def test_reasons_that_a_loaded_list_lacks_are_those_that_ship() -> None:
    only_drop = next(one for one in shipped() if one.kind == "reasons")
    kept = [one for one in only_drop.model_dump()["list"] if one["name"] == "drop"]
    loaded = type(only_drop).model_validate({**only_drop.model_dump(), "version": 2, "list": kept})
    lists = ReferenceLists().with_version(version_of(loaded, "somebody", 5))
    assert lists.reasons_in("drop", 10**13)[1] == "reasons@2"
    found, ident = lists.reasons_in("not-home", 10**13)
    assert ident == "reasons@1"
    assert "no-home" in found
    assert lists.reasons_in("moods", 10**13) == ({}, "reasons@2")
