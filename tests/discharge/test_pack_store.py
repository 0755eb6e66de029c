"""A pack's acts in the database: read in order, with what was written, and each version once."""

from sqlalchemy import select

from ascbridge.discharge import pack_store
from ascbridge.storage.tables import pack_act
from tests.discharge.builders import Bench, details, ready
from tests.discharge.packing import pack


def test_what_is_read_is_what_was_written_and_a_version_is_written_once(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    pack(bench, "present", "summary", text="In the post")
    pack(bench, "missing", "summary")
    task = bench.task().task
    assert [one.act for one in bench.write(lambda c: pack_store.read_pack_acts(c, task))] == [
        "present",
        "missing",
    ]
    story = bench.write(lambda c: pack_store.pack_story(c, task))
    assert [one.sealed is not None for one in story] == [True, False]
    row = bench.ask(select(pack_act).where(pack_act.c.version == 1))[0]
    assert bench.write(lambda c: pack_store.add_pack_act(c, dict(row._mapping))) is True
    other = {**row._mapping, "act_id": "another"}
    assert bench.write(lambda c: pack_store.add_pack_act(c, other)) is False
    assert bench.write(lambda c: pack_store.read_pack(c, "t0")).version == 0
