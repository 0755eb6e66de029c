"""Which names on one list are marked as alike."""

from __future__ import annotations

import pytest

from ascbridge.web.people.alike import alike
from ascbridge.web.people.people_shown import ERASED, UNKNOWN, PersonShown


def marked(*names: str) -> set[int]:
    people = {f"p{n}": PersonShown(name) for n, name in enumerate(names)}
    found = alike(people, [(key, f"n{key}") for key in people])
    return {n for n in range(len(names)) if f"np{n}" in found}


@pytest.mark.parametrize(
    "one, other",
    [
        ("EVANS, Mary Joy (Mrs)", "EVANS, Mary"),
        ("EVANS, Mary (Mrs)", "Evans, Margaret (Miss)"),
        ("O'NEILL, Sean", "ONEILL, Sam (Mr)"),
        ("HASSAN, Ali (Mr)", "ALI, Hassan (Dr)"),
    ],
)
def test_names_that_are_easily_taken_for_one_another_are_marked(one: str, other: str) -> None:
    assert marked(one, "KOWALCZYK, Zofia (Ms)", other) == {0, 2}


@pytest.mark.parametrize(
    "one, other",
    [
        ("EVANS, Mary", "EVANS, John"),
        ("EVANS, Mary", "BEVAN, Mary"),
        ("EVANS", "EVANS"),
        ("EVANS, (Mrs)", "EVANS, (Mr)"),
    ],
)
def test_other_names_are_not(one: str, other: str) -> None:
    assert marked(one, other) == set()


def test_two_keys_of_one_person_are_not_alike() -> None:
    people = {"p1": PersonShown("EVANS, Mary"), "p2": PersonShown("EVANS, Mary")}
    assert not alike(people, [("p1", "n1"), ("p2", "n1")])


def test_who_is_not_named_to_the_reader_is_left_out() -> None:
    hidden = PersonShown("Person n1234567, x", masked=True)
    people = {"a": hidden, "b": hidden, "c": ERASED, "d": ERASED, "e": UNKNOWN, "f": UNKNOWN}
    assert not alike(people, [(key, f"n{key}") for key in people])
