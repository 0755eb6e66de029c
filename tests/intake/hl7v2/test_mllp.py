"""The framer against every way a stream can be cut up or go wrong."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.intake.hl7v2.mllp import FaultKind, Frame, Framer, FramingFault, frame

RESTART = re.compile(rb"\x0b(?:\xef\xbb\xbf)?(?:MSH|FHS|BHS)")


def sound(payload: bytes) -> bool:
    wire = payload + b"\x1c\r"
    return wire.find(b"\x1c\r") == len(payload) and not RESTART.search(b"\x00" + payload)


payloads = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from([b"MSH|", b"\r", b"\x1c", b"\x0b", b"PID|", b"x", b"\n"]), max_size=8).map(
        b"".join
    ),
).filter(sound)
noise = st.lists(
    st.sampled_from(
        [b"\x0b", b"\x1c", b"\r", b"\x1c\r", b"MSH|", b"\x0bMSH", b"\xef\xbb\xbf", b"a", b"bcd", b"FHS"]
    ),
    max_size=30,
).map(b"".join)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[a:b] for a, b in pairwise(edges)]


def run(packets: list[bytes], max_bytes: int = 10_000) -> list[Frame | FramingFault]:
    framer = Framer(max_bytes)
    return [item for packet in packets for item in framer.feed(packet)] + framer.eof()


def kinds(found: list[Frame | FramingFault]) -> list[FaultKind]:
    return [item.kind for item in found if isinstance(item, FramingFault)]


places = st.lists(st.integers(min_value=0, max_value=10_000), max_size=12)


@given(st.lists(payloads, max_size=6), places)
def test_frames_cut_anywhere_are_the_same_frames(sent, where):
    stream = b"".join(map(frame, sent))
    assert run(cut(stream, where)) == [Frame(payload) for payload in sent]


@given(noise, places)
def test_any_bytes_cut_anywhere_give_the_same_frames_and_faults(stream, where):
    assert run(cut(stream, where)) == run([stream])


@given(noise)
def test_one_byte_at_a_time_gives_the_same_frames_and_faults(stream):
    assert run([stream[i : i + 1] for i in range(len(stream))]) == run([stream])


@given(noise, places, st.integers(min_value=1, max_value=12))
def test_every_byte_is_in_a_frame_or_in_the_count_of_a_fault(stream, where, limit):
    found = run(cut(stream, where), limit)
    frames = [item for item in found if isinstance(item, Frame)]
    begun = {FaultKind.RESTARTED, FaultKind.BARE_END, FaultKind.UNFINISHED, FaultKind.OVERSIZE}
    framing = 3 * len(frames) + sum(kind in begun for kind in kinds(found))
    content = sum(len(item.payload) for item in frames) + sum(
        item.count for item in found if isinstance(item, FramingFault)
    )
    ends_of_oversize = len(stream) - framing - content
    assert 0 <= ends_of_oversize <= 2 * kinds(found).count(FaultKind.OVERSIZE)
    assert ends_of_oversize % 2 == 0


@given(noise, places, st.integers(min_value=1, max_value=12))
def test_no_frame_is_longer_than_the_limit_and_little_is_held(stream, where, limit):
    framer = Framer(limit)
    for packet in cut(stream, where):
        for item in framer.feed(packet):
            assert not isinstance(item, Frame) or len(item.payload) <= limit
        assert len(framer._buffer) <= limit + 7
        assert len(framer._head) <= 4096


def test_several_frames_in_one_packet_and_the_start_of_the_next():
    framer = Framer()
    assert framer.feed(frame(b"one") + frame(b"two") + b"\x0bth") == [Frame(b"one"), Frame(b"two")]
    assert framer.unfinished
    assert framer.feed(b"ree\x1c\r") == [Frame(b"three")]
    assert not framer.unfinished


def test_the_end_may_be_cut_between_its_two_bytes():
    framer = Framer()
    assert framer.feed(b"\x0bone\x1c") == []
    assert framer.feed(b"\r\x0btwo") == [Frame(b"one")]
    assert framer.feed(b"\x1c") == []
    assert framer.feed(b"x\x1c\r") == [Frame(b"two\x1cx")]


def test_an_empty_frame_is_a_frame():
    assert run([b"\x0b\x1c\r"]) == [Frame(b"")]


def test_a_soft_line_break_inside_a_text_is_kept():
    assert run([frame(b"MSH|NTE|first\x0bsecond")]) == [Frame(b"MSH|NTE|first\x0bsecond")]


def test_junk_between_frames_is_counted_and_shown():
    found = run([frame(b"one") + b"\r\n?" + frame(b"two")])
    assert found == [Frame(b"one"), FramingFault(FaultKind.JUNK, 3, b"\r\n?"), Frame(b"two")]


def test_junk_is_reported_when_nothing_follows():
    assert run([frame(b"one"), b"\n", b"\n"]) == [Frame(b"one"), FramingFault(FaultKind.JUNK, 2, b"\n\n")]


def test_endless_junk_is_reported_as_it_comes():
    framer = Framer(max_bytes=1000)
    found = [item for _ in range(30) for item in framer.feed(b"z" * 100)]
    assert kinds(found) == [FaultKind.JUNK] * 2
    assert [item.count for item in [*found, *framer.eof()]] == [1100, 1100, 800]


def test_a_message_without_its_start_block_is_named_so_that_it_can_be_answered():
    (fault,) = run([b"MSH|^~\\&|PAS|", b"RKB\rPID|1\r\x1c", b"\r"])
    assert fault == FramingFault(FaultKind.NO_START, 25, b"MSH|^~\\&|PAS|RKB\rPID|1\r\x1c\r")
    assert fault.wants_answer


@pytest.mark.parametrize("name", [b"MSH", b"FHS", b"BHS", b"\xef\xbb\xbfMSH"])
def test_a_frame_begun_again_is_reported_and_the_second_one_kept(name):
    first, second = name + b"|half a mess", name + b"|whole"
    assert run([b"\x0b" + first + frame(second)]) == [
        FramingFault(FaultKind.RESTARTED, len(first), first),
        Frame(second),
    ]


def test_a_frame_begun_again_three_times():
    found = run([b"\x0bMSH|1\x0bMSH|2\x0bMSH|3\x1c\r"])
    assert kinds(found) == [FaultKind.RESTARTED, FaultKind.RESTARTED]
    assert found[-1] == Frame(b"MSH|3")


def test_a_sender_that_never_sends_the_closing_carriage_return_is_recognised():
    found = run([b"\x0bMSH|1\r\x1c", b"\x0bMSH|2\r\x1c"])
    assert kinds(found) == [FaultKind.BARE_END]
    assert kinds(run([b"\x0bMSH|1\r\x1c", frame(b"MSH|2\r")])) == [FaultKind.BARE_END]


def test_the_end_of_the_connection_inside_a_frame_is_reported():
    (fault,) = run([b"\x0bMSH|half"])
    assert fault == FramingFault(FaultKind.UNFINISHED, 8, b"MSH|half")
    assert not fault.wants_answer


def test_after_the_end_of_the_connection_the_framer_serves_the_next_one():
    framer = Framer()
    framer.feed(b"\x0bMSH|half\x1c")
    assert len(framer.eof()) == 1
    assert framer.eof() == []
    assert framer.feed(frame(b"new")) == [Frame(b"new")]


def test_an_oversize_frame_is_refused_while_it_is_read_and_the_next_one_is_taken():
    framer = Framer(max_bytes=100)
    assert framer.feed(b"\x0bMSH|^~\\&|" + b"a" * 91) == []
    (refused,) = framer.feed(b"b" * 8)
    assert isinstance(refused, FramingFault)
    assert refused.kind is FaultKind.OVERSIZE
    assert refused.wants_answer
    assert refused.head.startswith(b"MSH|^~\\&|aaa")
    assert framer.feed(b"c" * 1000) == []
    assert len(framer._buffer) <= 7
    rest, good = framer.feed(b"d\x1c\r" + frame(b"next"))
    assert isinstance(rest, FramingFault)
    assert rest.kind is FaultKind.DISCARDED
    assert not rest.wants_answer
    assert refused.count + rest.count == 9 + 91 + 8 + 1000 + 1
    assert good == Frame(b"next")


def test_a_frame_of_exactly_the_limit_is_taken_and_one_byte_more_is_not():
    assert run([frame(b"x" * 100)], 100) == [Frame(b"x" * 100)]
    assert run([b"\x0b", b"x" * 100, b"\x1c\r"], 100) == [Frame(b"x" * 100)]
    assert kinds(run([frame(b"x" * 101)], 100)) == [FaultKind.OVERSIZE]


def test_the_head_of_an_oversize_frame_is_four_kilobytes_at_most():
    found = run([b"\x0bMSH|", *[b"y" * 5000] * 4], 10_000)
    assert [len(item.head) for item in found] == [4096, 4096]


def test_a_message_that_replaces_an_endless_one_is_not_lost():
    stream = b"\x0bMSH|" + b"z" * 500 + frame(b"MSH|small")
    for size in (1, 2, 3, 5, 7, 11, 600):
        found = run([stream[i : i + size] for i in range(0, len(stream), size)], 100)
        assert found[-1] == Frame(b"MSH|small"), size


def test_a_fault_says_what_happened_without_showing_content():
    (fault,) = run([b"\x0bMSH|PATIENT NAME"])
    assert fault.reason == "Connection ended inside a frame (16 bytes)"


def test_the_shared_frames(shared_data):
    folder = shared_data / "adt-open" / "authored-itk-v24" / "acks"
    one = run([(folder / "mllp_frame_A01.bin").read_bytes()])
    two = run([(folder / "mllp_two_frames_split_anywhere.bin").read_bytes()])
    bad = run([(folder / "mllp_bad_no_start_block.bin").read_bytes()])
    message = (folder.parent / "02_A01_emergency_admission.hl7").read_bytes()
    assert one == [Frame(message)]
    assert [type(item) for item in two] == [Frame, Frame]
    assert kinds(bad) == [FaultKind.NO_START]


def test_packets_do_not_decide_whether_an_endless_frame_is_answered():
    """Begun again behind the limit it was too long and is told so; begun again before it, it was given up."""
    for filler, kind in ((500, FaultKind.OVERSIZE), (50, FaultKind.RESTARTED)):
        stream = b"\x0bMSH|" + b"z" * filler + frame(b"MSH|small")
        for size in (1, 3, 64, 101, 107, 108, 600):
            found = run([stream[i : i + size] for i in range(0, len(stream), size)], 100)
            assert (found[0].kind, found[-1]) == (kind, Frame(b"MSH|small")), size


def test_a_message_without_its_start_that_is_longer_than_the_limit_is_junk_in_one_packet_or_many():
    stream = b"MSH|" + b"z" * 500 + b"\x1c\r"
    for size in (1, 7, 64, 600):
        found = run([stream[i : i + size] for i in range(0, len(stream), size)], 100)
        assert set(kinds(found)) == {FaultKind.JUNK}, size
