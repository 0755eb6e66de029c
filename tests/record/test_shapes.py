"""A shape tells elements and kinds apart, and holds no value of anybody."""

import pytest

from ascbridge.record.mapping.bundle import resources, shared
from ascbridge.record.shapes import Shapes, shape_of
from tests.record.samples import COUNCIL, MESSAGE, PERSON, SPELL, TASK, person

NAMED = {"resourceType": "Patient", "name": [{"family": "Ash", "given": ["Bo"]}], "active": True}


def test_another_person_of_the_same_shape_is_known() -> None:
    shapes = Shapes(most=10)
    assert not shapes.knows(NAMED)
    shapes.learn(NAMED)
    assert shapes.knows(
        {"resourceType": "Patient", "name": [{"family": "Elm", "given": ["Cy"]}], "active": True}
    )


@pytest.mark.parametrize(
    "other",
    [
        NAMED | {"resourceType": "Task"},
        NAMED | {"active": False},
        NAMED | {"active": 1},
        NAMED | {"name": {"family": "Ash", "given": ["Bo"]}},
        NAMED | {"name": [{"family": "Ash", "given": ["Bo", "Cy"]}]},
        NAMED | {"name": [{"family": "Ash"}, {"given": ["Bo"]}]},
        NAMED | {"gender": "male"},
    ],
)
def test_what_differs_in_more_than_texts_is_another_shape(other: dict) -> None:
    assert shape_of(other) != shape_of(NAMED)


@pytest.mark.parametrize("date", ["2023-02-29", "2023-02-28T25:00:00Z", "2023-02-280"])
def test_a_text_that_begins_like_a_date_and_is_none_has_no_shape(date: str) -> None:
    dated = {"resourceType": "Patient", "birthDate": date}
    shapes = Shapes(most=10)
    shapes.learn(dated)
    assert shape_of(dated) is None
    assert not shapes.knows(dated)


@pytest.mark.parametrize("text", ["two\nlines", "\x85", "a\u00a0b", "\x07"])
def test_a_text_with_breaks_or_controls_has_no_shape(text: str) -> None:
    assert shape_of({"resourceType": "Patient", "text": text}) is None


def test_the_oldest_shapes_are_forgotten() -> None:
    shapes = Shapes(most=2)
    each = [{"resourceType": "Patient", name: True} for name in "abc"]
    for one in each:
        shapes.learn(one)
    assert [shapes.knows(one) for one in each] == [False, True, True]


def test_a_shape_holds_nothing_of_anybody() -> None:
    view = person()
    for resource in [*shared([view], COUNCIL).values(), *resources(view, COUNCIL)]:
        told = repr(shape_of(resource))
        for theirs in (
            "Ash",
            "Canary Street",
            "Dr Canary",
            "9990001006",
            "1940",
            PERSON,
            SPELL,
            TASK,
            MESSAGE,
        ):
            assert theirs not in told
