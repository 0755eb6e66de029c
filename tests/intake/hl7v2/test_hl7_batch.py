"""A payload is split into its messages and nothing else is done to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.intake.hl7v2.hl7 import parse
from ascbridge.intake.hl7v2.hl7_batch import declared_count, miscount, split_batch
from tests.intake.hl7_texts import MSH, short_segments

ONE, TWO = b"MSH|^~\\&|A||||||ADT^A01|1\rPID|1\r", b"MSH|^~\\&|A||||||ADT^A01|2\rPID|2\r"


@pytest.mark.parametrize(
    "payload, messages, count",
    [
        (ONE, [ONE], None),
        (b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + ONE + TWO + b"BTS|2\rFTS|1\r", [ONE, TWO], 2),
        (b"BHS|^~\\&|A\r" + ONE + b"BTS|1\rBHS|^~\\&|A\r" + TWO + b"BTS|1", [ONE, TWO], 2),
        (b"BHS|^~\\&|A\r" + ONE + b"BTS|3\r", [ONE], 3),
        (b"BHS|^~\\&|A\r" + ONE + b"BTS\r", [ONE], None),
        (b"BHS|^~\\&|A\rBTS|0\r", [], 0),
        (ONE + TWO, [ONE, TWO], None),
        (b"\xef\xbb\xbf" + ONE + TWO, [ONE, TWO], None),
        (b"\r\n" + ONE + TWO, [ONE, TWO], None),
        (ONE.replace(b"\r", b"\n") + TWO.replace(b"\r", b"\r\n"), None, None),
        (b"", [b""], None),
        (b"junk\r" + ONE, [b"junk\r" + ONE], None),
        (b"junk\r" + ONE + TWO, [b"junk\r" + ONE + TWO], None),
        (ONE + b"NTE|1||see MSH and BHS\r", [ONE + b"NTE|1||see MSH and BHS\r"], None),
        (ONE + b"MSHX|1\r", [ONE + b"MSHX|1\r"], None),
    ],
)
def test_a_payload_is_split_into_its_messages(payload, messages, count):
    found = split_batch(payload)
    if messages is None:
        messages = [ONE.replace(b"\r", b"\n"), TWO.replace(b"\r", b"\r\n")]
    assert found == messages
    assert declared_count(payload) == count


@pytest.mark.parametrize(
    "payload, said",
    [
        (ONE, ""),
        (b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + ONE + TWO + b"BTS|2\rFTS|1\r", ""),
        (b"BHS|^~\\&|A\r" + ONE + b"BTS\r", ""),
        (b"BHS|^~\\&|A\r" + ONE + b"BTS|3\r", "BTS-1 says 3 messages, 1 were read"),
        (b"BHS|^~\\&|A\rBTS|1\r", "BTS-1 says 1 messages, 0 were read"),
        (b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + ONE + b"BTS|1\rFTS|2\r", "FTS-1 says 2 batches, 1 were read"),
        (ONE + b"NTE|1||BTS|9\r", ""),
    ],
)
def test_what_the_trailers_say_is_compared_with_what_was_read(payload, said):
    assert miscount(payload, len(split_batch(payload))) == said


@given(st.lists(st.lists(short_segments, max_size=3), min_size=1, max_size=4))
def test_a_batch_gives_back_the_messages_that_were_put_in(bodies):
    sent = ["".join(f"{line}\r" for line in (MSH, *body)).encode() for body in bodies]
    batch = b"BHS|^~\\&|PAS\r" + b"".join(sent) + b"BTS|%d\r" % len(sent)
    assert split_batch(batch) == sent
    assert declared_count(batch) == len(sent)
    assert all(parse(one).control_id == "ITK0002" for one in split_batch(batch))
