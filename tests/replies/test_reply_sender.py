"""A hospital is told over real sockets, however badly it listens: nothing lost, nothing believed that was not said."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.intake.hl7v2.hl7 import parse
from ascbridge.replies.addressing import told_of
from ascbridge.replies.reply_sender import ReplySender, Terms
from ascbridge.replies.reply_store import send_again
from ascbridge.replies.rri import Envelope
from ascbridge.storage.alone import AlwaysMine
from ascbridge.storage.tables import reply
from tests.replies.receiver import Receiver
from tests.replies.stay import act, ready

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.web.city import City

TERMS = Terms(
    "uhcw", "127.0.0.1", 0, Envelope("ASCBRIDGE", "COVASC", "PAS", "RKB"), answer_s=30, retry_s=0.001
)


def sender(city: City, terms: Terms) -> ReplySender:
    told = partial(_told, city)
    return ReplySender(terms, city.bridge, told, clock=city.clock, turn=AlwaysMine())


def _told(city: City, connection: Any, queued: Any) -> Any:
    return told_of(connection, city.data_keys, queued, 1, lambda _: ("", ""))


@asynccontextmanager
async def telling(city: City, receiver: Receiver, port: int = 0, **terms: Any) -> AsyncIterator[ReplySender]:
    port = await receiver.start(port)
    made = sender(city, replace(TERMS, port=port, **terms))
    stop = asyncio.Event()
    running = asyncio.create_task(made.run(stop))
    try:
        yield made
    finally:
        stop.set()
        await running
        await receiver.stop()


async def until(city: City, wanted: Callable[[list[Any]], bool]) -> list[Any]:
    """Wait for the queue to look as it should; the hospital's clock moves on meanwhile, so that pauses end."""
    async with asyncio.timeout(60):
        while not wanted(rows := queue(city)):
            await asyncio.sleep(0.01)
            city.clock.at_ms += 1
    return rows


async def come(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110  # it comes about in another process's socket
            await asyncio.sleep(0.01)


def queue(city: City) -> list[Any]:
    return sorted(city.rows(reply), key=lambda row: row.queued_ms)


def settled(rows: list[Any]) -> bool:
    return all(row.state != "waiting" for row in rows)


def some_work(city: City) -> None:
    task = ready(city)
    act(city, "claim", task)
    act(city, "complete", task, "support-restarted")


def test_what_is_queued_arrives_in_order_on_one_connection(city: City) -> None:
    some_work(city)

    async def tell() -> Receiver:
        receiver = Receiver()
        async with telling(city, receiver):
            await until(city, settled)
        return receiver

    receiver = asyncio.run(tell())
    assert [(row.state, row.note, row.tries) for row in queue(city)] == [("acknowledged", "AA", 1)] * 3
    assert receiver.control_ids == [row.control_id for row in queue(city)]
    assert receiver.connections == 1
    first = parse(receiver.got[0])
    assert [segment.name for segment in first.segments] == ["MSH", "RF1", "PRD", "PID", "PV1", "NTE"]
    assert b"9993000019^^^NHS~L1^^^RKB" in receiver.got[0]
    assert b"OKONKWO" in receiver.got[0]
    assert b"V1^^^RKB" in receiver.got[0]


@pytest.mark.parametrize("how", ["never", "hang up", "wrong", "rubbish", "reject"])
def test_what_is_not_well_answered_is_sent_again_with_the_same_number(city: City, how: str) -> None:
    some_work(city)

    async def tell() -> Receiver:
        receiver = Receiver([how, "well"])
        async with telling(city, receiver, answer_s=2 if how == "never" else 30):
            await until(city, settled)
        return receiver

    receiver = asyncio.run(tell())
    rows = queue(city)
    assert [row.state for row in rows] == ["acknowledged"] * 3
    assert list(dict.fromkeys(receiver.control_ids)) == [row.control_id for row in rows]
    assert receiver.control_ids[0] == receiver.control_ids[1]
    if how == "never":  # on a slow machine a good answer, too, may take longer than somebody waits
        assert rows[0].tries >= 2
        return
    assert [row.tries for row in rows] == [2, 1, 1]
    if how in {"wrong", "rubbish"}:
        assert receiver.connections == 2, "what was answered is not known on such a connection"


def test_an_answer_that_comes_twice_is_not_taken_for_the_next_messages(city: City) -> None:
    some_work(city)

    async def tell() -> Receiver:
        receiver = Receiver(["twice", "well"])
        async with telling(city, receiver):
            await until(city, settled)
        return receiver

    receiver = asyncio.run(tell())
    assert [row.state for row in queue(city)] == ["acknowledged"] * 3
    assert list(dict.fromkeys(receiver.control_ids)) == [row.control_id for row in queue(city)]


def test_a_late_answer_settles_what_it_answers(city: City) -> None:
    some_work(city)

    async def tell() -> list[Any]:
        receiver = Receiver(["late", "well"])
        async with telling(city, receiver):
            await come(lambda: bool(receiver.got))
            waiting = queue(city)
            receiver.release.set()
            await until(city, settled)
        return waiting

    assert [row.state for row in asyncio.run(tell())] == ["waiting"] * 3
    assert [(row.state, row.tries) for row in queue(city)] == [("acknowledged", 1)] * 3


def test_a_message_that_is_called_wrong_is_not_sent_again_and_holds_up_nobody(city: City) -> None:
    some_work(city)

    async def tell() -> Receiver:
        receiver = Receiver(["error", "well"])
        async with telling(city, receiver):
            await until(city, settled)
        return receiver

    receiver = asyncio.run(tell())
    assert [row.state for row in queue(city)] == ["refused", "acknowledged", "acknowledged"]
    assert len(receiver.got) == 3


def test_tries_are_bounded_and_somebody_may_send_it_again(city: City) -> None:
    some_work(city)

    async def tell() -> Receiver:
        receiver = Receiver(["reject", "reject", "reject", "well"])
        async with telling(city, receiver, tries=3):
            rows = await until(city, settled)
            assert city.bridge.write_now(lambda c: send_again(c, rows[0].reply_id))
            assert not city.bridge.write_now(lambda c: send_again(c, rows[1].reply_id)), (
                "it is not in trouble"
            )
            await until(city, settled)
        return receiver

    receiver = asyncio.run(tell())
    assert [(row.state, row.tries) for row in queue(city)] == [("acknowledged", 1)] * 3
    assert receiver.control_ids[:3] == [queue(city)[0].control_id] * 3


def test_a_hospital_that_is_away_is_waited_for_and_that_costs_no_try(city: City) -> None:
    some_work(city)

    async def tell() -> tuple[str, Receiver]:
        away = Receiver()
        port = await away.start()
        await away.stop()
        made = sender(city, replace(TERMS, port=port, tries=1))
        stop = asyncio.Event()
        running = asyncio.create_task(made.run(stop))
        await until(city, lambda rows: "cannot be reached" in rows[0].note)
        await come(lambda: bool(made.trouble_now()))
        trouble = made.trouble_now()
        back = Receiver()
        await back.start(port)
        await until(city, settled)
        stop.set()
        await running
        await back.stop()
        return trouble, back

    trouble, back = asyncio.run(tell())
    assert "uhcw cannot be reached" in trouble
    assert [(row.state, row.tries) for row in queue(city)] == [("acknowledged", 1)] * 3
    assert len(back.got) == 3


def test_what_waits_too_long_is_told_of(city: City) -> None:
    some_work(city)
    city.clock.at_ms += 3_600_000

    async def tell() -> str:
        receiver = Receiver(["never"])
        async with telling(city, receiver, overdue_s=3500, tries=100) as made:
            await come(lambda: "overdue" in made.trouble_now())
            return made.trouble_now()

    assert asyncio.run(tell()) == "uhcw: 3 replies are overdue"


def test_a_connection_that_the_hospital_closed_meanwhile_costs_no_try(city: City) -> None:
    task = ready(city)

    async def tell() -> Receiver:
        receiver = Receiver(["well", "hang up", "well"])
        async with telling(city, receiver):
            await until(city, settled)
            act(city, "claim", task)
            await until(city, settled)
        return receiver

    receiver = asyncio.run(tell())
    assert [(row.state, row.tries) for row in queue(city)] == [("acknowledged", 1)] * 2
    assert receiver.connections == 2


def test_nobody_is_told_of_a_person_who_was_erased(city: City) -> None:
    some_work(city)
    city.erase(city.task_of().patient_key)

    async def tell() -> Receiver:
        receiver = Receiver()
        async with telling(city, receiver):
            await until(city, settled)
        return receiver

    receiver = asyncio.run(tell())
    assert receiver.got == []
    assert {row.state for row in queue(city)} == {"needless"}


def test_stopping_does_not_wait_for_an_answer_and_loses_nothing(city: City) -> None:
    some_work(city)

    async def tell() -> list[Receiver]:
        deaf = Receiver(["never"])
        async with telling(city, deaf, answer_s=600):
            await come(lambda: bool(deaf.got))
        well = Receiver()
        async with telling(city, well):
            await until(city, settled)
        return [deaf, well]

    deaf, well = asyncio.run(tell())
    assert deaf.control_ids == [queue(city)[0].control_id]
    assert well.control_ids == [row.control_id for row in queue(city)]


def test_the_trouble_ends_with_its_cause(city: City) -> None:
    some_work(city)

    async def tell() -> str:
        receiver = Receiver()
        async with telling(city, receiver) as made:
            await until(city, settled)
            await come(lambda: not made.trouble_now())
            return made.trouble_now()

    assert asyncio.run(tell()) == ""
