"""The judge of concerns: silent where all is well, and it finds each thing that could go wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.concerns import WAYS, Stands, Told, faults, plan

TOLD = Told("api", "AP001", "unlike any other", answers=2, references={"SG-1"})
STANDS = Stands("SG-1", "unlike any other", 1, ("raise",), ("concern-raised 1",))


def test_each_way_has_its_own_and_the_same_seed_says_the_same() -> None:
    made = plan(7, 3)
    assert set(made) == set(WAYS)
    every = [one for told in made.values() for one in told]
    assert len({one.words for one in every}) == len({one.number for one in every}) == 18
    assert [one.words for one in every] == [one.words for told in plan(7, 3).values() for one in told]


def test_of_what_stands_as_it_was_told_nothing_is_wrong() -> None:
    case = Told("webhook", "WE001", "like this", ("decide", "conclude"), answers=1)
    events = ("concern-raised 1", "concern-decided 2", "enquiry-concluded 3")
    whole = Stands("SG-2", "it is like this", 3, ("raise", "decide", "conclude"), events)
    assert faults([TOLD, case], [STANDS, whole]) == []


@pytest.mark.parametrize(
    "told, standing, wrong",
    [
        (replace(TOLD, answers=0), [STANDS], "never answered"),
        (TOLD, [], "stands 0 times"),
        (TOLD, [STANDS, replace(STANDS, reference="SG-2")], "stands 2 times"),
        (replace(TOLD, references={"SG-1", "SG-2"}), [STANDS], "answered 2 references"),
        (replace(TOLD, references={"SG-2"}), [STANDS], "stands as SG-1"),
        (replace(TOLD, acts=("decide",)), [STANDS], "stands with raise"),
        (TOLD, [replace(STANDS, version=2)], "after 1 acts"),
        (TOLD, [replace(STANDS, events=())], "on the topic"),
        (TOLD, [replace(STANDS, events=("concern-raised 1", "concern-raised 1"))], "on the topic"),
        (TOLD, [STANDS, replace(STANDS, words="not mine", reference="SG-9")], "said by nobody"),
    ],
)
def test_whatever_is_wrong_is_found(told: Told, standing: list[Stands], wrong: str) -> None:
    assert [one for one in faults([told], standing) if wrong in one]


def test_one_reference_for_two_is_found() -> None:
    other = Told("form", "FO001", "somebody else", answers=1)
    found = faults([TOLD, other], [STANDS, replace(STANDS, words="somebody else")])
    assert "two concerns have the reference SG-1" in found
