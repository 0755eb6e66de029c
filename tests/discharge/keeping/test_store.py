"""Stays, tasks, care and acts as they are written and read again."""

from typing import Any

import orjson
import pytest
from sqlalchemy import Table, select
from sqlalchemy.exc import IntegrityError

from ascbridge.discharge.deciding.decision import task_id
from ascbridge.discharge.keeping import store
from ascbridge.discharge.keeping.store import CareRow, Stay
from ascbridge.discharge.stay.spell import fold
from ascbridge.storage.tables import desk_act, door_act, evidence, pack_act, sub_act, task
from tests.discharge.builders import Bench, admitted, death, details, iris, ready, snapshot


def test_a_stay_with_its_task_is_read_as_it_was_written(real_bench: Bench) -> None:
    for name, fact in iris():
        real_bench.say(fact, message=name)
    first = real_bench.write(lambda connection: store.read_stays(connection, {"s1", "nobody"}, 1))
    stay = first["s1"]
    assert stay.shown is not None
    assert (stay.shown.status, stay.patient_key) == ("finished", "p1")
    assert stay.task == real_bench.task()
    assert stay.state == fold(real_bench.write(lambda connection: store.read_evidence(connection, "s1")))
    assert (first["nobody"].shown, first["nobody"].task, first["nobody"].acts) == (None, None, [])
    real_bench.write(lambda connection: store.save_stays(connection, [stay], 1, 5))
    assert real_bench.write(lambda connection: store.read_stays(connection, {"s1"}, 1))["s1"] == stay


def test_another_generation_is_kept_apart(bench: Bench) -> None:
    bench.say(ready("2026-03-06T11:30"))
    (stay,) = bench.write(lambda connection: store.read_stays(connection, {"s1"}, 1)).values()
    assert bench.write(lambda connection: store.read_stays(connection, {"s1"}, 2))["s1"].shown is None
    bench.write(lambda connection: store.save_stays(connection, [stay], 2, 5))
    assert len(bench.ask(select(task.c.generation))) == 2
    assert bench.write(lambda connection: store.spells_of(connection, ["p1"], 3)) == set()


def test_the_database_itself_refuses_a_second_task_of_a_spell(real_bench: Bench) -> None:
    real_bench.say(ready("2026-03-06T11:30"))
    (row,) = real_bench.ask(select(task))
    second = {**row._mapping, "task_id": "another"}
    with pytest.raises(IntegrityError):
        real_bench.write(lambda connection: connection.execute(task.insert(), [second]))


def test_spells_are_found_by_patient_and_by_what_is_at_work(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00", "0-17"), patient="p2")
    bench.say(admitted("2026-03-02T10:00", spell="quiet"))
    bench.say(ready("2026-03-02T10:00", spell="working"))
    bench.say(ready("2026-03-02T10:00", spell="dropped"), patient="p2")

    def find(what: Any, *keys: str) -> set[str]:
        return bench.write(lambda connection: what(connection, keys, 1))

    assert find(store.spells_of, "p1", "p2") == {"quiet", "working", "dropped"}
    assert find(store.spells_at_work, "p1", "p2") == {"working", "dropped"}
    assert find(store.spells_of, "p3") == set()


def test_evidence_is_what_was_said_less_what_was_only_tried(bench: Bench) -> None:
    bench.say(snapshot("2026-03-02T10:00"), message="m1")
    bench.say(ready("2026-03-02T11:00", marks=("shadow",)))
    bench.say(death("2026-03-03T10:00"))
    told = bench.write(lambda connection: store.read_evidence(connection, "s1"))
    assert [type(one.fact).__name__ for one in told] == ["StayDetailsRecorded"]
    assert told[0].patient == "p1"
    later = {**bench.ask(select(evidence))[0]._mapping, "event_id": "e9", "type": "x.discharge.later-idea.v1"}
    bench.write(lambda connection: store.save_evidence(connection, [later, later]))
    assert bench.write(lambda connection: store.read_evidence(connection, "s1")) == told
    (message,) = {one.message for one in told}
    assert bench.write(lambda connection: store.spells_that_heard(connection, message)) == {"s1"}


def test_everybody_of_a_person_is_read_from_any_of_their_keys(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00", "85+"), death("2026-03-03T10:00", died_on="2026-03-02"))
    rows = bench.write(lambda connection: store.read_patients(connection, ["p1", "p-unknown"]))
    assert set(rows) == {"p1"}
    assert (rows["p1"].died, rows["p1"].died_on, rows["p1"].restricted) == (True, "2026-03-02", False)
    assert orjson.loads(rows["p1"].details)["age_band"] == "85+"


def test_what_the_council_said_is_read_as_it_was_written(bench: Bench) -> None:
    row = CareRow("stamp", {"known": True, "event": "e1", "since_ms": 5}, b"sealed", "e1", "k1", changed=True)
    same = CareRow("stamp", {"known": False, "event": "e1", "since_ms": 5})
    bench.write(lambda connection: store.save_care(connection, {"p1": {"known": row, "worker": same}}, 9))
    found = bench.write(lambda connection: store.read_care(connection, ["p1", "p2"]))
    row.changed = False
    row.value["heard_ms"] = 9
    assert found == {"p1": {"known": row}}


ACT = {
    "act_id": "a1", "task_id": task_id("s1"), "version": 1, "act": "claim", "actor": "sam", "role": "discharge-team",
    "detail": b"{}", "sealed": None, "key_id": "", "at_ms": 5,
}  # fmt: skip


@pytest.mark.parametrize("table", [desk_act, sub_act, pack_act, door_act], ids=str)
def test_an_act_takes_its_version_once(table: Table, real_bench: Bench) -> None:
    assert real_bench.write(lambda connection: store.add_act(connection, table, ACT))
    assert real_bench.write(lambda connection: store.add_act(connection, table, ACT))
    assert not real_bench.write(lambda connection: store.add_act(connection, table, {**ACT, "act_id": "a2"}))


def test_the_acts_of_a_stay_are_read_with_it(bench: Bench) -> None:
    bench.write(lambda connection: store.add_act(connection, desk_act, ACT))
    stay = Stay("s1", "p1")
    bench.write(lambda connection: store.read_acts(connection, {"s1": stay}))
    assert [(act.version, act.act, act.actor) for act in stay.acts] == [(1, "claim", "sam")]


def test_the_sealed_part_of_an_event_is_bytes_or_nothing() -> None:
    assert store.sealed_bytes({"sealed": "AAEC"}) == b"\x00\x01\x02"
    assert store.sealed_bytes({}) is None
