"""Each stream gives its messages from the newest on, within its span, and reads no more than is asked for."""

from __future__ import annotations

from functools import partial
from itertools import cycle, islice
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text, update

from ascbridge.operations.finding import find_streams
from ascbridge.operations.finding.find_streams import Span
from ascbridge.storage.tables import message

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.web.city import City

DAYS = ("017f2", "01980", "01981", "01a00")


def test_a_stream_goes_down_from_the_newest_within_its_span(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find_streams, "_FIRST_READ", 2)
    every = sorted((row.message_id for row in city.rows(message)), reverse=True)

    def read(span: Span) -> list[str]:
        return city.bridge.read_now(lambda c: [one for one, _ in find_streams.every(c, span)[0]])

    assert read(Span()) == every
    assert read(Span(low=every[5], high=every[2])) == every[3:6]
    assert list(find_streams.of_ids(Span(low=every[5], high=every[2]), every)) == [
        (one, True) for one in every[3:6]
    ]


def test_a_feed_is_read_type_by_type(city: City) -> None:
    types = {row.trigger for row in city.rows(message) if row.feed == "itk-v24"}

    def streams(trigger: str = "") -> list[int]:
        return city.bridge.read_now(
            lambda c: [len(list(one)) for one in find_streams.of_feed(c, Span(), ["itk-v24"], trigger)]
        )

    assert len(streams()) == len(types) > 2
    assert sum(streams()) == sum(row.feed == "itk-v24" for row in city.rows(message))
    assert streams("A25") == [1]


def test_what_does_not_fit_is_told_too_so_that_it_counts(city: City) -> None:
    def read(state: str) -> list[tuple[str, bool]]:
        def of(connection: object) -> list[tuple[str, bool]]:
            streams = find_streams.in_state(connection, Span(), state)  # type: ignore[arg-type]  # a Connection it is
            return [one for stream in streams or () for one in islice(stream, 100)]

        return city.bridge.read_now(of)

    city.arrive("itk-v24", city_message("NEW1"), work=False)
    fits = {one for one, fit in read("waiting") if fit}
    (new,) = (row.message_id for row in city.rows(message) if row.control_id == "NEW1")
    assert new in fits
    assert read("delivered") == []


def test_messages_of_a_lane_are_found_whatever_days_they_came_in(city: City) -> None:
    ids = sorted((row.message_id for row in city.rows(message)), reverse=True)
    moved = {one: f"{days}{one[5:]}" for one, days in zip(ids, islice(cycle(DAYS), len(ids)), strict=True)}
    lanes = {moved[row.message_id]: row.lane for row in city.rows(message)}

    def read(connection: Connection, lane: str, span: Span) -> list[str]:
        return [one for one, _ in find_streams.about(connection, span, [lane], ())[0]]

    def move(connection: Connection) -> None:
        for old, new in moved.items():
            connection.execute(update(message).where(message.c.message_id == old).values(message_id=new))

    city.kept.write_now(move)
    some = Span(low=DAYS[1], high=DAYS[2] + "8")
    for lane in set(lanes.values()):
        of_lane = sorted((one for one, its in lanes.items() if its == lane), reverse=True)
        assert city.bridge.read_now(partial(read, lane=lane, span=Span())) == of_lane
        assert city.bridge.read_now(partial(read, lane=lane, span=some)) == [
            one for one in of_lane if some.low <= one < some.high
        ]


def test_messages_of_a_lane_are_found_by_their_index(city: City) -> None:
    def plan(connection: Connection) -> list[str]:
        days = find_streams.within_days(connection, Span())
        asked = select(message.c.message_id).where(days, message.c.lane == "any")
        words = asked.compile(connection, compile_kwargs={"literal_binds": True})
        return [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {words}"))]

    (how, *_) = city.bridge.read_now(plan)
    assert "INDEX message_by_lane (<expr>=? AND lane=?)" in how


def city_message(control_id: str) -> bytes:
    from tests.intake.messages import adt

    return adt("A01", control_id=control_id)
