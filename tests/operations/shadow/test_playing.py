"""A player reads to the end, each record once, and holds what fails with its person's later ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.events.handlers.delivery import EventFault
from ascbridge.events.logs.log_table import LogTable
from ascbridge.operations.shadow.playing import MovingClock, Player
from ascbridge.storage.tables import event_log, held
from tests.web.city import City

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.events.logs.log import Record


class Listener:
    name, topics = "listener", ("discharge",)

    def __init__(self, wrong: str = "") -> None:
        self.heard: list[int] = []
        self.wrong = wrong

    def handle(self, _: Connection, records: Sequence[Record]) -> None:
        if any(one.key == self.wrong for one in records):
            raise EventFault("not this one")
        self.heard += [one.offset for one in records]


def test_it_reads_to_the_end_and_holds_what_fails(tmp_path: Path) -> None:
    city = City(tmp_path)
    for number in range(5):
        city.hear("A01", local_id=f"L{number}", visit=f"V{number}", nhs_number="")
    rows = [row for row in city.rows(event_log) if row.topic == "discharge"]
    moved: list[int] = []
    clock = MovingClock(7)

    def before(records: Sequence[Record]) -> None:
        moved.append(len(records))
        clock.move(max(one.time_ms for one in records))

    player = Player(city.bridge, LogTable(city.prefix, 1), clock, "test", 2, before)
    listener: Any = Listener(wrong=rows[1].key)
    while player.turn(listener):
        pass
    wrong = {row.position for row in rows if row.key == rows[1].key}
    assert listener.heard == [row.position for row in rows if row.position not in wrong]
    assert sum(moved) == len(rows)
    assert clock.now_ms() >= rows[-1].time_ms
    clock.move(1)
    assert clock.now_ms() >= rows[-1].time_ms
    assert player.reached(listener) == rows[-1].position + 1
    assert [row.consumer for row in city.rows(held)] == ["listener"]
    city.close()
