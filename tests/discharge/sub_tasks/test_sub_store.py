"""Split-off work in the database: read with its acts, by stay, by parent, and by whom the council speaks of."""

from sqlalchemy import select

from ascbridge.discharge.sub_tasks import sub_store
from ascbridge.storage.tables import sub_task
from tests.discharge.builders import Bench, details, ready
from tests.discharge.split import act, equipment, split


def test_what_is_read_is_what_was_written(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    id = split(bench, "transport")
    act(bench, id, "claim")
    (found,) = bench.write(lambda c: sub_store.read_sub_works(c, ["s1"])).values()
    assert (found.task, found.parent, found.spell) == (id, bench.task().task, "s1")
    assert [one.act for one in found.acts] == ["split", "claim"]
    assert bench.write(lambda c: sub_store.read_sub_works(c, ["s2"])) == {}
    parents = bench.write(lambda c: sub_store.read_parents(c, ["s1", "s2"], 1))
    assert {spell: one.fact.task for spell, one in parents.items()} == {"s1": bench.task().task}
    bench.write(lambda c: c.execute(sub_task.delete()))
    bench.write(lambda c: sub_store.save_sub_works(c, [found], 5))
    assert bench.ask(select(sub_task.c.task_id)) == []  # untouched


def test_who_waits_for_a_thing_is_found_by_person(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    bench.say(equipment("2026-03-06T11:40", "ordered"))
    split(bench, "transport")
    person = bench.stay()["person_id"]
    assert bench.write(lambda c: sub_store.spells_waiting_for_things(c, [person])) == set()
    split(bench, "equipment", about="equipment:E7")
    assert bench.write(lambda c: sub_store.spells_waiting_for_things(c, [person])) == {"s1"}


def test_an_id_follows_from_the_parent_and_the_number() -> None:
    first = sub_store.sub_task_id("t" + "0" * 32, 1)
    assert first == sub_store.sub_task_id("t" + "0" * 32, 1) != sub_store.sub_task_id("t" + "0" * 32, 2)
    assert len(first) == 33
