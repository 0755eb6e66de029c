"""Whatever is dropped between two hops is found by the hourly ledger and named by hop and hour; and its own entries hold."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, select, update

from ascbridge.bootstrap.jobs.closing_hours import HourKeeper
from ascbridge.events.ledgers import hour_chain, hour_findings
from ascbridge.events.ledgers.hour_count import HOUR_MS
from ascbridge.operations.flowing import hour_watch
from ascbridge.operations.flowing.hour_watch import HourWatch
from ascbridge.storage.tables import (
    dirty_person,
    event_log,
    hour_entry,
    message,
    message_state,
    open_effect,
    position,
)
from tests.web.city import MINUTE, City, zu1

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WHO = {"local_id": "L1", "visit": "V1", "nhs_number": "9993000019"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hour_watch, "SURE_AFTER_S", 0)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path)
    made.hear("A01", **WHO)
    made.hear("A16", **WHO, extra=(zu1("Y", "20261018"),))
    yield made
    made.close()


def keeper_of(city: City) -> HourKeeper:
    watch = HourWatch(city.bridge, city.log, city.readers, "translator", leaves_to_others=0)
    return HourKeeper(city.bridge, watch, city.clock, "work")


async def look(city: City, keeper: HourKeeper, minutes: float = 2) -> list[hour_findings.Finding]:
    city.clock.at_ms += round(minutes * MINUTE)
    await keeper.step(asyncio.Event())
    return list(await city.bridge.read(hour_findings.still_missing))


async def entries(city: City) -> list[hour_chain.HourEntry]:
    return await city.bridge.read(hour_chain.entries)


def last_message(city: City) -> str:
    return str(city.rows(message)[-1].message_id)


def row_deleted(city: City) -> str:
    """The message is acknowledged, and its row goes."""
    gone = last_message(city)
    city.kept.write_now(lambda c: c.execute(delete(message).where(message.c.message_id == gone)))
    return gone


def never_understood(city: City) -> str:
    """The translator's position moves past a message of which it made nothing."""
    city.arrive("itk-v24", one_more(city), work=False)
    at = city.rows(message)[-1].position
    city.bridge.write_now(
        lambda c: c.execute(
            update(position).where(position.c.consumer == "translator").values(next_offset=at + 1)
        )
    )
    return last_message(city)


def left_out_of_the_log(city: City) -> str:
    """An event leaves the outbox and reaches no reader."""
    understood_only(city)
    gone = last_message(city)
    events = [
        row.event_id for row in city.rows(open_effect) if row.message_id == gone and row.reader == "record"
    ]
    assert events
    city.bridge.write_now(lambda c: c.execute(delete(event_log).where(event_log.c.event_id == events[0])))
    return gone


def position_moved(city: City) -> str:
    """A reader's position moves and what it read has no effect."""
    understood_only(city)
    end = city.rows(event_log)[-1].position + 1
    city.bridge.write_now(
        lambda c: c.execute(
            update(position).where(position.c.consumer == "discharge").values(next_offset=end)
        )
    )
    return last_message(city)


def not_pushed(city: City) -> str:
    """The mark that a person is to be sent goes, and nothing was sent."""
    city.bridge.write_now(lambda c: c.execute(delete(dirty_person)))
    return last_message(city)


def one_more(city: City) -> bytes:
    from tests.intake.messages import adt

    return adt("A02", control_id=city.control_id(), **WHO)


def understood_only(city: City) -> None:
    city.arrive("itk-v24", one_more(city), work=False)
    translator, *_ = city.handlers
    city._step(translator, "inbound")


DROPS: dict[str, Callable[[City], str]] = {
    "kept": row_deleted,
    "understood": never_understood,
    "log": left_out_of_the_log,
    "read": position_moved,
    "record": not_pushed,
}


async def test_nothing_is_missing_where_nothing_was_dropped(city: City) -> None:
    keeper = keeper_of(city)
    assert await look(city, keeper) == []
    assert await look(city, keeper, 80) == []
    (closed,) = [
        one for one in await entries(city) if one.feed == "itk-v24" and one.counted.counts.get("kept")
    ]
    assert closed.counted.adds_up
    assert closed.counted.counts["received"] == closed.counted.counts["stored"] == 2


@pytest.mark.parametrize("hop", DROPS)
async def test_a_dropped_message_is_found_and_named_by_hop_and_hour(city: City, hop: str) -> None:
    keeper = keeper_of(city)
    assert await look(city, keeper) == []
    dropped = DROPS[hop](city)
    hour = city.clock.at_ms // HOUR_MS * HOUR_MS
    found = await look(city, keeper_of(city))
    assert {(one.what.hop, one.what.message_id) for one in found} >= {(hop, dropped)}
    assert {one.what.hop for one in found} == {hop}
    assert {one.what.hour_ms for one in found} == {hour}
    assert all("of itk-v24 kept at 2026-10-18 " in one.said for one in found)


async def test_what_came_right_is_no_longer_shown(city: City) -> None:
    keeper = keeper_of(city)
    position_moved(city)
    assert await look(city, keeper)
    city.bridge.write_now(lambda c: c.execute(delete(open_effect).where(open_effect.c.reader == "discharge")))
    assert await look(city, keeper) == []


async def test_a_row_that_goes_after_its_hour_was_closed_is_found_by_counting_again(city: City) -> None:
    keeper = keeper_of(city)
    await look(city, keeper, 80)
    gone = last_message(city)
    city.kept.write_now(lambda c: c.execute(delete(message).where(message.c.message_id == gone)))
    city.bridge.write_now(
        lambda c: c.execute(delete(message_state).where(message_state.c.message_id == gone))
    )
    before = await entries(city)
    found = await look(city, keeper, 10)
    for _ in range(8):
        found = found or await look(city, keeper, 10)
    assert [(one.what.hop, one.what.n) for one in found] == [("kept", 1)]
    assert "1 message of itk-v24 acknowledged in the hour from 2026-10-18 11:00 UTC" in found[0].said
    of_hour = [one for one in await entries(city) if one.hour_ms == found[0].what.hour_ms]
    assert of_hour == [one for one in before if one.hour_ms == found[0].what.hour_ms], (
        "a loss is never corrected away"
    )


async def test_what_comes_to_rest_later_is_a_new_entry_that_names_what_it_corrects(city: City) -> None:
    keeper = keeper_of(city)
    await look(city, keeper, 80)
    (closed,) = [one for one in await entries(city) if one.counted.counts.get("kept")]
    assert closed.counted.counts["waiting"] == 2, "nobody sends to the shared record here"
    city.bridge.write_now(lambda c: c.execute(delete(open_effect)))
    city.bridge.write_now(lambda c: c.execute(update(message_state).values(state="delivered")))
    await look(city, keeper, 70)
    (corrected,) = [one for one in await entries(city) if one.corrects]
    assert (corrected.corrects, corrected.hour_ms, corrected.feed) == (
        closed.number,
        closed.hour_ms,
        closed.feed,
    )
    assert corrected.counted.counts["delivered"] == 2


def edited(city: City) -> None:
    change = update(hour_entry).where(hour_entry.c.number == 2)
    city.bridge.write_now(lambda c: c.execute(change.values(counts='{"kept":7}')))


def removed(city: City) -> None:
    city.bridge.write_now(lambda c: c.execute(delete(hour_entry).where(hour_entry.c.number == 2)))


def cut_off(city: City) -> None:
    last = max(row.number for row in city.rows(hour_entry))
    city.bridge.write_now(lambda c: c.execute(delete(hour_entry).where(hour_entry.c.number == last)))


def swapped(city: City) -> None:
    for old, new in ((2, 90), (3, 2), (90, 3)):
        this = update(hour_entry).where(hour_entry.c.number == old).values(number=new)
        city.bridge.write_now(lambda c, this=this: c.execute(this))


@pytest.mark.parametrize("tamper", [edited, removed, cut_off, swapped])
async def test_entries_that_were_tampered_with_are_found(city: City, tamper: Callable[[City], None]) -> None:
    keeper = keeper_of(city)
    await look(city, keeper, 300)
    assert len(await entries(city)) >= 4
    tamper(city)
    found = await look(city, keeper_of(city), 2)
    assert found
    assert {one.what.hop for one in found} == {"entry"}


async def test_exported_lines_are_verified_without_the_store(city: City) -> None:
    await look(city, keeper_of(city), 300)
    lines: list[dict[str, Any]] = [one.line() for one in await entries(city)]
    assert list(hour_chain.verify(lines)) == []
    assert list(hour_chain.verify([lines[0], *lines[2:]]))
    assert list(hour_chain.verify([lines[1], lines[0], *lines[2:]]))
    changed = [lines[0] | {"counts": {"kept": 99}}, *lines[1:]]
    assert [one.number for one in hour_chain.verify(changed)] == [1]


async def test_an_older_store_begins_with_its_first_whole_hour(city: City) -> None:
    from ascbridge.storage.tables import intake_hour

    city.kept.write_now(lambda c: c.execute(update(intake_hour).values(n=intake_hour.c.n - 1)))
    first = city.rows(intake_hour)[0].hour_ms
    assert await city.bridge.read(hour_chain.next_hour) == first + HOUR_MS
    assert city.bridge.read_now(lambda c: c.scalar(select(hour_entry.c.number))) is None
