"""How the feed numbers and sends: in order, with repeats and a restarted counter."""

from random import Random

from ascbridge.simulator.schedule import Feed, Schedule
from ascbridge.simulator.timeline import Said
from ascbridge.simulator.wards import HOUR_MS

START = 1_772_517_600_000


def some_said(count: int = 40) -> list[Said]:
    segments = ("EVN||20260303", "PID|1||U1^^^RKB")
    return [Said(START + n * 60_000, "A28", segments, f"U{n}") for n in range(count)]


def fields(raw: bytes) -> list[str]:
    return raw.decode().split("\r")[0].split("|")


def test_control_ids_and_sequence_numbers_go_up_in_order_of_time():
    sends = Feed(Random(1), number=2, start_ms=START).sends(some_said()[::-1], repeat_share=0)
    assert [fields(one.raw)[9] for one in sends] == [f"P002{n:07d}" for n in range(1, 41)]
    assert [fields(one.raw)[12] for one in sends] == [str(2_000_000 + n) for n in range(1, 41)]
    assert [one.at_ms for one in sends] == sorted(one.at_ms for one in sends)


def test_what_was_said_before_the_start_goes_first_and_at_the_start():
    early = Said(START - 5 * HOUR_MS, "A28", ("EVN||20260302",), "U9")
    sends = Feed(Random(1), number=0, start_ms=START).sends([*some_said(3), early], repeat_share=0)
    assert (sends[0].who, sends[0].at_ms) == ("U9", START)
    assert fields(sends[0].raw)[6] == "20260303010000"


def test_a_repeat_is_the_same_but_for_the_time_of_sending_and_follows_its_original():
    sends = Feed(Random(1), number=0, start_ms=START).sends(some_said(), repeat_share=1)
    repeats = [one for one in sends if one.repeat]
    assert len(repeats) == 40
    for again in repeats:
        first = next(one for one in sends if one.who == again.who and not one.repeat)
        assert first.at_ms < again.at_ms
        alike = [
            a == b
            for n, (a, b) in enumerate(zip(first.raw.split(b"|"), again.raw.split(b"|"), strict=True))
            if n != 6
        ]
        assert all(alike)
    assert {one.raw == next(f for f in sends if f.who == one.who).raw for one in repeats} == {True, False}


def test_the_counter_begins_again_for_a_quarter_of_an_hour():
    feed = Feed(Random(1), number=0, start_ms=START, restart_ms=START + 10 * 60_000)
    ids = [fields(one.raw)[9] for one in feed.sends(some_said(), repeat_share=0)]
    assert ids[:10] == ids[10:20]
    assert len(set(ids)) == 40 - 15 + 5


def test_an_engine_that_retries_a_rejection_is_told_to_stop_the_fourth_time():
    rejected = Said(START, "A08", (), "U1", expect="AR", raw=b"MSH|^~\\&|PAS\r")
    sends = Feed(Random(1), number=0, start_ms=START).sends([rejected], repeat_share=0)
    assert [one.expect for one in sends] == ["AR", "AR", "AR", "AE"]
    assert len({one.raw for one in sends}) == 1


def test_counts_are_of_what_the_bridge_must_say(whole_day: Schedule):
    assert whole_day.kept + whole_day.refused + whole_day.repeats == len(whole_day.sends)
    assert whole_day.repeats > 5
    assert whole_day.refused == 12
