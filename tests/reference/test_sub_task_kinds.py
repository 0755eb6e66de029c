"""Kinds of split-off work: what ships can be worked with, and a list that cannot be is refused with its place."""

from importlib import resources

import pytest

from ascbridge.reference.in_force import ReferenceLists
from ascbridge.reference.list_files import BadList, read
from ascbridge.reference.sub_task_kinds import SubTasks

SHIPPED = (resources.files("ascbridge.reference") / "shipped" / "sub-tasks.toml").read_text("utf-8")
HEAD = """kind = "sub-tasks"
version = 2
effective_from = 2000-01-01
agreed = false
[[stop]]
code = "not-needed"
words = "Not needed"
"""
WORK = """[[work]]
code = "key-safe"
words = "Fit a key safe"
team = "Locksmiths"
limit = { minutes = 60, counts = "clock" }
"""
STATES = """[[work.state]]
code = "to-fit"
words = "To be fitted"
means = "open"
[[work.state]]
code = "fitted"
words = "Fitted"
means = "done"
"""


def test_what_ships_has_every_kind_of_the_papers_and_nothing_of_it_is_agreed() -> None:
    kinds = ReferenceLists().sub_tasks(0)
    assert set(kinds.by_code) == {
        "brokerage", "equipment", "transport", "therapy", "interpreter", "dementia-ot", "dementia-locksmith",
        "dementia-carers-trust", "housing",
    }  # fmt: skip
    assert [one.code for one in kinds.work if one.blocks] == ["equipment"]
    assert [one.code for one in kinds.work if one.proposed_by == "dementia"] == [
        "dementia-ot", "dementia-locksmith", "dementia-carers-trust",
    ]  # fmt: skip
    assert not any(thing.agreed for thing in kinds.things())
    assert len(list(kinds.not_agreed())) == len(kinds.things()) + len(kinds.not_known)


def test_a_state_may_have_a_limit_of_its_own() -> None:
    brokerage = ReferenceLists().sub_tasks(0).by_code["brokerage"]
    assert (brokerage.limit_in("to-request").minutes, brokerage.limit_in("requested").minutes) == (60, 480)
    assert brokerage.limit_in("no such state") == brokerage.limit
    assert brokerage.state_of("no such state") is None


def test_a_council_may_have_kinds_of_its_own() -> None:
    kinds = read(HEAD + WORK + STATES)
    assert isinstance(kinds, SubTasks)
    assert kinds.teams == ("Locksmiths",)
    (work, stop) = kinds.things()
    assert work.said["states"] == "To be fitted (open), Fitted (done)"
    assert (work.said["is due after"], stop.name) == ("60 minutes by the clock", "stop: not-needed")


@pytest.mark.parametrize(
    "text, said",
    [
        (HEAD, "work: is needed"),
        (HEAD + WORK, "work 1 (Locksmiths), state: is needed"),
        (HEAD + WORK + STATES + WORK + STATES, "work key-safe stands there twice"),
        (HEAD + WORK + STATES.replace('"open"', '"done"'), "its first state is where it begins"),
        (HEAD + WORK + STATES.replace('"done"', '"failed"'), "no state means done"),
        (HEAD + WORK + STATES + "because = true\n", "a state asks for a reason, and there is none"),
        (HEAD + WORK + STATES.replace('"fitted"', '"to-fit"'), "state to-fit stands there twice"),
        (HEAD + WORK + 'proposed_by = "weather"\n' + STATES, "proposed_by"),
    ],
)
def test_a_list_that_nobody_could_work_with_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadList, match=said.replace("(", r"\(").replace(")", r"\)")):
        read(text)


def test_the_file_itself_is_what_ships() -> None:
    assert read(SHIPPED) == ReferenceLists().at("sub-tasks", 0).data
