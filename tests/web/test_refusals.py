"""What is said where an act cannot be: to programs, and on pages."""

import asyncio
from typing import Any

import pytest
from fastapi import HTTPException

from ascbridge.discharge.acts.desk import NotAChoice, NotNow, PersonErased, SpeakFirst, StaleTask, UnknownTask
from ascbridge.web.refusals import CHOOSE, ERASED, STALE, NothingChosen, answered, tried, tried_at


async def act(fault: Exception | None = None) -> int:
    if fault is not None:
        raise fault
    return 7


@pytest.mark.parametrize(
    "fault, status, said",
    [
        (UnknownTask("t1"), 404, "There is no such task or stay."),
        (StaleTask("version 1 is not the last one"), 409, "It changed since it was shown: version 1 is not the last one."),
        (NotNow("Nobody has this task."), 409, "Nobody has this task."),
        (PersonErased("gone"), 409, f"{ERASED}."),
        (SpeakFirst("somebody"), 422, "There is a hold"),
        (NotAChoice("'x' is not one of y"), 422, "'x' is not one of y"),
        (NothingChosen("Write the note"), 422, "Write the note"),
    ],
)  # fmt: skip
def test_a_program_is_answered_with_status_and_reason(fault: Exception, status: int, said: str) -> None:
    with pytest.raises(HTTPException) as found:
        asyncio.run(answered(act(fault)))
    assert found.value.status_code == status
    assert found.value.detail.startswith(said)


@pytest.mark.parametrize(
    "fault, told",
    [
        (StaleTask("t1"), (STALE, 409)),
        (NotNow("Nobody has this task."), ("Nobody has this task.", 409)),
        (PersonErased("gone"), (ERASED, 409)),
        (NotAChoice("'x' is not one of y"), (CHOOSE, 422)),
        (NothingChosen("Write the note"), ("Write the note", 422)),
    ],
)
def test_a_page_is_told_in_plain_words(fault: Exception, told: tuple[str, int]) -> None:
    assert asyncio.run(tried(act(fault))) == told


@pytest.mark.parametrize(
    "fault, field",
    [
        (NothingChosen("Write the note", "text"), "text"),
        (NothingChosen("Choose one"), "choice"),
        (PersonErased("gone"), "text"),
        (NotAChoice("x"), "choice"),
    ],
)
def test_a_page_is_told_at_which_field_it_stands(fault: Exception, field: str) -> None:
    assert asyncio.run(tried_at(act(fault)))[2] == field


def test_what_was_done_is_no_refusal() -> None:
    assert asyncio.run(answered(act())) == 7
    assert asyncio.run(tried(act()))[0] == ""


def test_a_page_of_work_that_there_is_not_is_not_there() -> None:
    with pytest.raises(HTTPException) as found:
        asyncio.run(tried(act(UnknownTask("t1"))))
    assert found.value.status_code == 404


def test_a_page_says_what_is_to_be_chosen() -> None:
    said: Any = asyncio.run(tried(act(NotAChoice("x")), "Choose one, with its reason"))
    assert said == ("Choose one, with its reason", 422)
    said = asyncio.run(tried(act(NotAChoice("Choose what follows")), ""))
    assert said == ("Choose what follows", 422), "where the act says it in words"


def test_a_program_is_told_of_which_work_there_is_none() -> None:
    with pytest.raises(HTTPException) as found:
        asyncio.run(answered(act(UnknownTask("c1")), "concern"))
    assert found.value.detail == "There is no such concern."
