"""When an answer left is written with what is kept next, or by itself once the feed is still; never for what is walled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.bootstrap.listening import note_answers
from ascbridge.intake.keeping import answers_left
from ascbridge.intake.keeping.answers_left import AnswersLeft
from ascbridge.intake.keeping.inbox import Arrival
from ascbridge.storage.tables import answer_left
from tests.intake.messages import adt

if TYPE_CHECKING:
    from tests.intake.conftest import Intake

FEED = "itk-v24"


def noted(intake: Intake) -> list[tuple[int, int]]:
    return intake.kept.read_now(
        lambda c: [tuple(row) for row in c.execute(select(answer_left.c.received_ms, answer_left.c.left_ms))]
    )


def take(intake: Intake, number: int) -> int:
    """Take one message whose answer leaves three milliseconds after it was kept; return when it was received."""
    received_ms = intake.clock.at_ms
    intake.desk.keep_in_files(intake.keys, intake.kept, [Arrival(adt("A31", control_id=f"T{number:04d}"))])
    intake.clock.at_ms += 3
    intake.desk.answered()
    intake.clock.at_ms += 100
    return received_ms


def test_each_batch_notes_when_the_answers_before_it_left(intake: Intake) -> None:
    moments = [take(intake, number) for number in range(3)]
    assert noted(intake) == [(at, at + 3) for at in moments[:2]]
    found = intake.kept.read_now(lambda c: answers_left.left_ms(c, FEED, moments[1]))
    assert found == moments[1] + 3
    assert intake.kept.read_now(lambda c: answers_left.left_ms(c, "another", moments[1])) is None
    assert intake.kept.read_now(lambda c: answers_left.left_ms(c, FEED, moments[2])) is None


def test_what_a_transaction_that_failed_was_to_write_is_written_with_the_next() -> None:
    left = AnswersLeft(FEED)
    left.kept(100)
    left.left(103)
    assert left.waits_since() == 103
    left._writing = (100,)  # written, and not committed: nobody says that anything left since
    assert left.waits_since() == 103
    left.kept(200)
    left.left(90)  # the clock was set back meanwhile
    assert left.waits_since() == 200
    left.written()
    assert left.waits_since() == 200


async def test_on_a_feed_that_falls_still_the_last_is_noted_by_itself(intake: Intake) -> None:
    at = take(intake, 1)
    stop = asyncio.Event()

    async def write(work: object) -> None:
        intake.kept.write_now(work)  # type: ignore[arg-type]  # a store

    noting = asyncio.create_task(note_answers(intake.desk, write, intake.clock, stop))
    intake.clock.at_ms += 60_000
    async with asyncio.timeout(60):
        while intake.desk.answers_left.waits_since() is not None:  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0.01)
    stop.set()
    await noting
    assert noted(intake) == [(at, at + 3)]
