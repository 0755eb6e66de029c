"""What keeps a discharge task from being completed: everything at once, in words, and where it is worked on."""

from ascbridge.discharge.acts.held_up import Block, what_blocks
from tests.discharge.builders import Bench, admitted, details, ready
from tests.discharge.split import act, equipment, split


def blocks(bench: Bench) -> list[Block]:
    return list(bench.write(lambda c: what_blocks(c, "s1", "p1")))


def begin(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00"), admitted("2026-03-02T10:00"), ready("2026-03-06T11:30"))


def test_nothing_blocks_where_nothing_was_asked_for(bench: Bench) -> None:
    begin(bench)
    split(bench, "equipment", thing="hoist")  # wanted, and not before they leave
    split(bench, "brokerage")
    assert blocks(bench) == []


def test_each_outstanding_piece_blocks_until_it_is_there_or_given_up(bench: Bench) -> None:
    begin(bench)
    bed, hoist = (split(bench, "equipment", thing=thing, before=True) for thing in ("bed", "hoist"))
    assert [(one.words, one.sub_task) for one in blocks(bench)] == sorted(
        [("Bed or mattress: to be ordered", bed), ("Hoist: to be ordered", hoist)], key=lambda one: one[1]
    )
    act(bench, bed, "state", "delivered")
    act(bench, hoist, "state", "failed", reason="out-of-stock")
    assert [one.words for one in blocks(bench)] == ["Hoist: could not be delivered"]  # still not there
    act(bench, hoist, "need", "no")
    assert blocks(bench) == []


def test_what_the_council_ordered_blocks_before_anybody_split_off_work_for_it(bench: Bench) -> None:
    begin(bench)
    bench.say(equipment("2026-03-06T11:40", "ordered", needed_for_discharge=True))
    bench.say(equipment("2026-03-06T11:40", "ordered", item="E8"))  # for later
    assert blocks(bench) == [Block("equipment", "Walking frame: ordered by the council's word")]
    id = split(bench, "equipment", about="equipment:E7", before=True)
    assert [one.sub_task for one in blocks(bench)] == [id]
    bench.say(equipment("2026-03-06T15:00", "delivered", needed_for_discharge=True))
    assert blocks(bench) == []
