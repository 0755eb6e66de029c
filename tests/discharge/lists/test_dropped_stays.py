"""Stays that a rule dropped."""

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects import sqlite

from ascbridge.discharge.lists import dropped_stays
from ascbridge.discharge.lists.dropped_stays import counted_dropped
from ascbridge.storage.tables import spell
from tests.discharge.builders import Bench, details, ready


def test_a_dropped_stay_stays_listed_with_its_reason(ward: Bench) -> None:
    (dropped,) = ward.write(dropped_stays.dropped)
    assert (dropped.spell, dropped.rule, dropped.would_open) == ("child", "not-an-adult", "ready")
    assert dropped.why.startswith("Stated to be under 18")
    assert dropped.stay.status == "in-progress"


def test_they_are_counted_up_to_a_bound(ward: Bench) -> None:
    def count(most: int = 1_000) -> int | None:
        return ward.write(lambda connection: connection.scalar(select(counted_dropped(1, most))))

    assert count() == 1
    for name in ("two", "three"):
        ward.say(
            details("2026-03-02T10:00", "0-17", "local"),
            ready("2026-03-06T12:00", spell=name),
            patient=f"p-{name}",
        )
    assert count() == 3
    assert count(2) == 2


def test_they_are_found_in_an_index_that_has_no_others(ward: Bench) -> None:
    wanted = select(spell.c.spell_key).where(*dropped_stays._dropped(1)).order_by(spell.c.changed_ms.desc())
    said = wanted.compile(dialect=sqlite.dialect())

    def steps(connection: Connection) -> list[str]:
        asked = str(said).replace("?", "1")
        return [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {asked}"))]

    assert ward.write(steps) == ["SCAN spell USING INDEX spell_dropped"]
