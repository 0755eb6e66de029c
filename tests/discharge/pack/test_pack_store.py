"""A pack's acts in the database: read in order, with what was written."""

from ascbridge.discharge.pack import pack_store
from tests.discharge.builders import Bench, details, ready
from tests.discharge.packing import pack


def test_what_is_read_is_what_was_written(bench: Bench) -> None:
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
    assert bench.write(lambda c: pack_store.read_pack(c, "t0")).version == 0
