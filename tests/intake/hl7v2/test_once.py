"""Worked out at first use, once for each object, and not kept where it failed."""

from __future__ import annotations

import pytest

from ascbridge.intake.hl7v2.once import once


class Question:
    def __init__(self, answers: list[int]) -> None:
        self.answers = answers

    @once
    def answer(self) -> int:
        """What is left of it."""
        return self.answers.pop()


def test_it_is_worked_out_once_for_each_object() -> None:
    first, second = Question([1, 2]), Question([3])
    assert [first.answer, first.answer, second.answer] == [2, 2, 3]
    assert first.answers == [1]


def test_what_failed_is_tried_again() -> None:
    asked = Question([])
    with pytest.raises(IndexError):
        _ = asked.answer
    asked.answers.append(7)
    assert asked.answer == 7


def test_the_class_shows_what_it_is() -> None:
    assert Question.answer.__doc__ == "What is left of it."
