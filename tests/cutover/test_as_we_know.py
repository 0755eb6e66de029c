"""What either system told is shown by the ids that we know: person, thing, and the things that it refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.cutover.as_we_know import AsWeKnow
from ascbridge.cutover.comparing import Side
from ascbridge.events.ledgers import said_events
from ascbridge.operations.changing.id_table import Row
from ascbridge.storage.tables import said_event
from tests.cutover.test_strands import load
from tests.operations.two_systems import MARY, NEW, OLD, TwoSystems

if TYPE_CHECKING:
    from pathlib import Path


def sides(city: TwoSystems) -> list[Side]:
    pair = city.pair
    assert pair is not None
    ids = [row.event_id for row in city.rows(said_event) if row.slot.startswith("package")]

    def read(connection: object) -> list[Side]:
        told = said_events.by_id(connection, ids).values()  # type: ignore[arg-type]  # a connection
        known = AsWeKnow(connection, pair)  # type: ignore[arg-type]  # a connection
        known.learn(told)
        return [known.side(one) for one in sorted(told, key=lambda one: one.feed == NEW)]

    return city.bridge.read_now(read)


def test_both_are_about_one_thing_once_its_ids_are_known(tmp_path: Path) -> None:
    city = TwoSystems(tmp_path)
    city.say(OLD, "C100", MARY, "package", id="P1", plan="S1", status="live")
    city.say(NEW, "70001", MARY, "package", id="K1", plan="T1", status="live")
    old, new = sides(city)
    assert (new.slot, new.value["plan"]) == (f"package:{NEW}/K1", f"{NEW}/T1")
    assert old.patient_key != new.patient_key
    load(city, Row("person", "C100", "70001"), Row("package", "P1", "K1"), Row("support_plan", "S1", "T1"))
    old, new = sides(city)
    assert (new.slot, new.patient_key, new.value["plan"]) == (old.slot, old.patient_key, "S1")
    city.close()
