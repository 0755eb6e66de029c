"""Part of a log: up to a position, and only some messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.logs.log import INBOUND, Assignment
from ascbridge.events.logs.log_table import LogTable
from ascbridge.operations.shadow.rebuilding import CARRIED, PartOfLog, stuck
from ascbridge.storage.tables import bridge
from tests.web.city import City

if TYPE_CHECKING:
    from pathlib import Path


def test_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    city = City(tmp_path)
    for number in range(9):
        city.hear("A01", local_id=f"L{number}", visit=f"V{number}", nhs_number="")
    inbox, table = Assignment(INBOUND, 0), LogTable(city.prefix, 1)

    def read(part: PartOfLog, offset: int, limit: int) -> list[int]:
        found = city.bridge.read_now(lambda c: part.read(c, [(inbox, offset)], limit))
        return [one.offset for one in found.records.get(inbox, ())]

    whole = PartOfLog(table, 6)
    assert read(whole, 0, 100) == [1, 2, 3, 4, 5]
    assert read(whole, 3, 2) == [3, 4]
    some = PartOfLog(table, 8, [1, 4, 5, 7, 9])
    assert (read(some, 0, 2), read(some, 5, 9), read(some, 8, 9)) == ([1, 4], [5, 7], [])
    assert city.bridge.read_now(stuck) == 0
    city.close()


def test_what_is_carried_are_tables_of_the_bridge() -> None:
    assert set(CARRIED) <= set(bridge.tables)
    assert {name for name in bridge.tables if name.endswith("_act")} <= set(CARRIED)
