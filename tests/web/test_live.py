"""The live link: says that something changed and for which pages, together, and is silent when it cannot know."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.web.live import Live, marks_now
from tests.web.faults import bury_one

if TYPE_CHECKING:
    from tests.web.city import City


PATIENCE_S = 60


def live(city: City, database: Any = None, **times: float) -> Live:
    given = {"poll_s": 0.01, "together_s": 0.02, "heartbeat_s": 30, **times}
    return Live(database or city.bridge, city.clock, partial(marks_now, partitions=8), **given)


async def next_of(stream: Any, kind: str) -> str:
    """The data of the next event of this kind."""
    while True:
        said = await asyncio.wait_for(anext(stream), PATIENCE_S)
        if said.startswith(f"event: {kind}\n"):
            return str(said.split("data: ")[1].strip())


async def test_a_changed_task_is_told_to_every_open_page_without_saying_what(city: City) -> None:
    link = live(city)
    one, other = link.stream(), link.stream()
    assert await next_of(one, "hello") == "12:30"
    await next_of(other, "hello")
    city.hear("A02", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", ward="W50^^^RKB01")
    for stream in (one, other):
        told = ""
        while "worklist" not in told:
            told = await next_of(stream, "changed")
        assert set(told.split()[1:]) <= {"worklist", "person", "operations"}
    link.stop()


async def test_a_dead_letter_concerns_the_operations_page_and_not_the_worklist(city: City) -> None:
    before = city.bridge.read_now(lambda c: marks_now(c, 8))
    bury_one(city, "a cause", local_id="L201", visit="V201", nhs_number="9993000094")
    after = city.bridge.read_now(lambda c: marks_now(c, 8))
    assert before["worklist"] == after["worklist"]
    assert before["operations"] != after["operations"]


async def test_quiet_hours_have_heartbeats(city: City) -> None:
    link = live(city, heartbeat_s=0.01)
    stream = link.stream()
    assert await next_of(stream, "heartbeat") == "12:30"
    link.stop()


async def test_heartbeats_come_at_their_own_times_however_much_changes(city: City) -> None:
    """Else a change that a page is not told of would show in a heartbeat that is late."""
    link = live(city, heartbeat_s=0.2, together_s=0, poll_s=60)
    stream = link.stream()
    await next_of(stream, "hello")
    heard = ""
    async with asyncio.timeout(PATIENCE_S):
        while not heard.startswith("event: heartbeat"):
            link._tell({"person"})  # a change waits each time that it looks
            heard = await anext(stream)
    link.stop()


async def test_when_the_database_cannot_be_read_nothing_pretends_that_all_is_well(city: City) -> None:
    class Gone:
        broken = False

        async def read(self, work: Any) -> Any:
            if self.broken:
                raise OSError("gone")
            return await city.bridge.read(work)

    database = Gone()
    link = live(city, database, together_s=0.01, heartbeat_s=0.02)
    stream = link.stream()
    await next_of(stream, "heartbeat")
    database.broken = True
    while link._well:  # noqa: ASYNC110  # the poller tells nobody that it fails: that is what is tested
        await asyncio.sleep(0.01)
    silent = asyncio.create_task(anext(stream))
    done, _ = await asyncio.wait({silent}, timeout=0.2)
    assert not done
    database.broken = False
    told = (await asyncio.wait_for(silent, PATIENCE_S)).split("data: ")[0]
    assert told.startswith(("event: changed", "event: heartbeat"))
    link.stop()


async def test_nothing_is_polled_while_nobody_looks(city: City) -> None:
    link = live(city)
    stream = link.stream()
    await next_of(stream, "hello")
    poller = link._poller
    assert poller is not None
    await stream.aclose()
    await asyncio.wait({poller}, timeout=PATIENCE_S)
    assert poller.cancelled()


async def test_a_page_that_comes_while_the_last_one_goes_hears_of_changes(city: City) -> None:
    link = live(city)
    last = link.stream()
    await next_of(last, "hello")
    await last.aclose()
    page = link.stream()  # at once: what was polled for the last one has not ended yet
    await next_of(page, "hello")
    city.hear("A02", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", ward="W50^^^RKB01")
    assert "person" in await next_of(page, "changed")
    link.stop()


async def test_stopping_ends_every_stream(city: City) -> None:
    link = live(city)
    stream = link.stream()
    await next_of(stream, "hello")
    link.stop()
    rest = [said async for said in stream]
    assert rest == []


async def test_a_link_ends_those_beside_it(city: City) -> None:
    other = live(city)
    link = Live(city.bridge, city.clock, lambda _c: {}, beside=other)
    stream = other.stream()
    await next_of(stream, "hello")
    link.stop()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(stream), PATIENCE_S)
