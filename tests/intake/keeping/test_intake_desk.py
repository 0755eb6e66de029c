"""Keep, then understand: what is kept, refused and recognised, and what each sender hears (design section 6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge import telemetry
from ascbridge.intake.agreed import profiles
from ascbridge.intake.hl7v2.hl7_ack import parse_ack
from ascbridge.intake.hl7v2.mllp import FaultKind, FramingFault
from ascbridge.intake.keeping.inbox import Arrival
from tests.intake.messages import NHS_NUMBER, adt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.intake.conftest import Intake


def code(answers: list[list[bytes]]) -> str:
    assert [len(one) for one in answers] == [1]
    return parse_ack(answers[0][0]).code.value


def test_a_message_is_kept_sealed_with_its_answer_and_work_is_woken(intake: Intake) -> None:
    raw = adt("A01")
    answers = intake.take(raw)
    (row,) = intake.rows()
    assert code(answers) == "AA"
    assert (row.outcome, row.answer, row.control_id, row.trigger) == ("kept", answers[0][0], "T0001", "A01")
    assert intake.opened(row) == raw
    assert NHS_NUMBER.encode() not in row.body
    assert intake.woken == [1]


def test_a_resend_gets_the_stored_answer_even_with_a_new_msh_7_and_after_a_restart(
    intake: Intake, open_intake: Callable[..., Intake]
) -> None:
    first = intake.take(adt("A01", recorded="202610050959"))
    intake.clock.at_ms += 60_000
    again = intake.take(adt("A01", recorded="202610050959", sent="202610051001"))
    after_restart = open_intake().take(adt("A01", recorded="202610050959", sent="202610051002"))
    assert first == again == after_restart
    assert intake.counts() == {"received": 3, "kept": 1, "duplicate": 2}
    assert intake.rows()[0].repeats == 2


def test_a_resend_within_one_batch_is_recognised(intake: Intake) -> None:
    answers = intake.take(adt("A01"), adt("A01"))
    assert answers[0] == answers[1]
    assert intake.counts() == {"received": 2, "kept": 1, "duplicate": 1}


def test_after_the_window_the_same_bytes_are_a_new_message(open_intake: Callable[..., Intake]) -> None:
    intake = open_intake(window_hours=1)
    intake.take(adt("A01"))
    intake.clock.at_ms += 3_600_001
    intake.take(adt("A01"))
    assert intake.counts() == {"received": 2, "kept": 2}


def test_a_counter_that_restarts_loses_nothing(intake: Intake) -> None:
    intake.take(adt("A01"))
    answers = intake.take(adt("A03"))
    assert code(answers) == "AA"
    assert [row.outcome for row in intake.rows()] == ["kept", "kept"]
    assert "control_id_reused" in intake.rows()[1].flags
    assert intake.rows()[0].answer != intake.rows()[1].answer


def test_a_refusal_says_where_and_is_kept_with_its_reason(intake: Intake) -> None:
    answers = intake.take(adt("A03", visit=""))
    ack = parse_ack(answers[0][0])
    (row,) = intake.rows()
    assert ack.code.value == "AE"
    assert ack.error is not None
    assert (ack.error.segment, ack.error.field, int(ack.error.code)) == ("PV1", 19, 101)
    assert (row.outcome, row.reason) == ("refused", "PV1-19: no visit number, so the stay cannot be told")
    assert intake.opened(row) == adt("A03", visit="")
    assert intake.counts() == {"received": 1, "refused": 1}


def test_whose_key_was_thrown_away_is_kept_under_the_next_one(intake: Intake) -> None:
    intake.take(adt("A01"))
    owner = intake.rows()[0].lane
    intake.keys.write_now(lambda c: intake.data_keys.erase(c, [owner], intake.clock.now_ms()))
    intake.take(adt("A02", control_id="T0002"))
    before, after = intake.rows()
    assert (before.key_id, after.key_id) == (f"{owner}.1", f"{owner}.2")
    assert intake.opened(after) == adt("A02", control_id="T0002")


def test_the_fourth_identical_rejection_becomes_final(intake: Intake) -> None:
    raw = adt("A01", msh={9: "ORU^R01"})
    assert [code(intake.take(raw)) for _ in range(5)] == ["AR", "AR", "AR", "AE", "AE"]
    assert intake.counts() == {"received": 5, "refused": 5}
    assert len(intake.rows()) == 1


def test_a_batch_gets_one_answer_for_each_message(intake: Intake) -> None:
    batch = (
        b"FHS|^~\\&|PAS\rBHS|^~\\&|PAS\r" + adt("A01") + adt("A02", control_id="T0002") + b"BTS|2\rFTS|1\r"
    )
    (answers,) = intake.take(batch)
    assert [parse_ack(one).control_id for one in answers] == ["T0001", "T0002"]


@pytest.mark.parametrize("trailers, flagged", [(b"BTS|2\r", []), (b"BTS|3\r", ["batch_miscounted"])])
def test_a_batch_whose_trailer_counts_otherwise_is_kept_noted_and_counted(
    intake: Intake, trailers: bytes, flagged: list[str]
) -> None:
    counted = telemetry.miscounted_batches.labels("itk-v24")
    before = counted._value.get()
    batch = b"BHS|^~\\&|PAS\r" + adt("A01") + adt("A02", control_id="T0002") + trailers
    assert [parse_ack(one).code.value for one in intake.take(batch)[0]] == ["AA", "AA"]
    assert [row.outcome for row in intake.rows()] == ["kept", "kept"]
    flags = [row.flags.split() for row in intake.rows()]
    assert [[one for one in found if one == "batch_miscounted"] for found in flags] == [flagged, flagged]
    assert counted._value.get() - before == len(flagged)


def test_an_empty_batch_that_should_hold_something_is_counted(intake: Intake) -> None:
    counted = telemetry.miscounted_batches.labels("itk-v24")
    before = counted._value.get()
    assert code(intake.take(b"BHS|^~\\&|PAS\rBTS|4\r")) == "AR"
    assert counted._value.get() == before + 1
    (row,) = intake.rows()
    assert (row.outcome, row.reason) == ("refused", "MSH: A batch without a message")


def test_an_acknowledgment_that_arrives_is_kept_and_never_answered(intake: Intake) -> None:
    raw = b"MSH|^~\\&|A|B|C|D|202610051000||ACK^A01|X1|P|2.4\rMSA|AA|T0001\r"
    assert intake.take(raw) == [[]]
    assert intake.counts() == {"received": 1, "kept": 1}


@pytest.mark.parametrize(
    "mode, msh15, codes",
    [
        ("auto", "", ["AA"]), ("auto", "AL", ["CA"]), ("auto", "ER", ["CA"]), ("auto", "NE", ["AA"]),
        ("original", "AL", ["AA"]), ("enhanced", "", ["CA"]), ("enhanced", "AL", ["CA"]),
        ("enhanced", "SU", ["CA"]), ("enhanced", "ER", []), ("enhanced", "NE", []),
    ],
)  # fmt: skip
def test_each_mode_answers_as_agreed(
    open_intake: Callable[..., Intake], mode: str, msh15: str, codes: list[str]
) -> None:
    itk = profiles.read("itk-v24")
    agreed = itk.acknowledgment.model_copy(update={"mode": mode})
    intake = open_intake(itk.model_copy(update={"acknowledgment": agreed}))
    (answers,) = intake.take(adt("A01", msh={15: msh15}))
    assert [parse_ack(one).code.value for one in answers] == codes


def test_enhanced_mode_refuses_with_commit_codes(intake: Intake) -> None:
    assert code(intake.take(adt("A03", visit="", msh={15: "AL"}))) == "CE"


def test_bytes_that_are_no_message_are_refused_and_kept(intake: Intake) -> None:
    for raw in (b"", b"hello", b"\xff\xfe\x00", b"MSH", b"MSH|^~\\&", b"PID|1\r"):
        (answers,) = intake.take(raw)
        assert parse_ack(answers[0]).code.value in {"AR", "AE"}
    assert intake.counts()["refused"] == intake.counts()["received"] == 6


def test_an_oversize_head_is_answered_and_junk_is_not(intake: Intake) -> None:
    head = adt("A01")[:200]
    big = intake.keep([Arrival(head, "", FramingFault(FaultKind.OVERSIZE, 2_000_000, head))])
    junk = intake.keep([Arrival(b"xx", "", FramingFault(FaultKind.JUNK, 2, b"xx"))])
    ack = parse_ack(big[0][0])
    assert (ack.code.value, ack.control_id, junk) == ("AE", "T0001", [[]])


def test_feeds_share_nothing(open_intake: Callable[..., Intake]) -> None:
    open_intake().take(adt("A01"))
    other = open_intake(profiles.read("uhcw"))
    other.take(adt("A01"))
    assert [row.feed for row in other.rows()] == ["itk-v24", "uhcw"]


def test_what_could_not_be_kept_is_refused_for_now(intake: Intake) -> None:
    (answer,) = intake.desk.not_now(Arrival(adt("A01")))
    ack = parse_ack(answer)
    assert (ack.code.value, ack.control_id) == ("AR", "T0001")
    assert ack.error is not None
    assert int(ack.error.code) == 207


def test_what_was_refused_is_kept_when_it_comes_again_after_its_profile_was_mended(
    open_intake: Callable[..., Intake],
) -> None:
    lines = adt("A01", segments_end="\n")
    assert code(open_intake().take(lines)) == "AE"
    itk = profiles.read("itk-v24")
    mended = itk.model_copy(update={"meaning": itk.meaning.model_copy(update={"segment_end": "any"})})
    intake = open_intake(mended)
    intake.clock.at_ms += 60_000
    assert [code(intake.take(lines)) for _ in range(2)] == ["AA", "AA"]
    assert [row.outcome for row in intake.rows()] == ["refused", "kept"]
    assert intake.counts() == {"received": 3, "refused": 1, "kept": 1, "duplicate": 1}


@pytest.mark.parametrize(
    "sent, flagged",
    [
        ("202610051233", False),  # the test's own clock, 5 October 2026 12:33 in London
        ("202610051237", False),
        ("202610051240", True),  # minutes ahead
        ("202610051333", True),
        ("20261005123320+0000", True),  # London's summer time, sent as if it were UTC: an hour ahead
        ("20261005113320+0000", False),
        ("203610051233", True),  # years ahead
        ("202610051133", False),  # an hour behind is a message that took an hour
        ("nonsense", False),
    ],
)
def test_a_sender_whose_clock_is_ahead_is_heard_and_flagged(intake: Intake, sent: str, flagged) -> None:
    counted = telemetry.clock_ahead.labels("itk-v24")
    before = counted._value.get()
    # another trust's triggers need no time at all, so that only the clock is at stake
    assert code(intake.take(adt("A60", sent=sent))) == "AA"
    (row,) = intake.rows()
    assert ("sender_clock_ahead" in row.flags.split()) == flagged
    assert counted._value.get() - before == flagged
    assert row.outcome == "kept"


def test_control_ids_that_begin_again_at_1_lose_nothing_and_repeat_nothing(intake: Intake) -> None:
    monday = [adt("A31", control_id=str(n), local_id=f"L{n}") for n in range(1, 6)]
    tuesday = [adt("A31", control_id=str(n), local_id=f"M{n}") for n in range(1, 6)]
    first, second = intake.take(*monday), intake.take(*tuesday)
    assert first != second
    assert intake.take(*tuesday) == second
    assert intake.counts() == {"received": 15, "kept": 10, "duplicate": 5}
    assert ["control_id_reused" in row.flags for row in intake.rows()] == [False] * 5 + [True] * 5


def test_deep_batches_are_taken_apart_and_each_message_is_answered(intake: Intake) -> None:
    inner = b"".join(
        b"BHS|^~\\&|PAS\r" * 20 + adt("A31", control_id=f"B{n}", local_id=f"L{n}") + b"BTS|1\r" * 20
        for n in range(50)
    )
    (answers,) = intake.take(b"FHS|^~\\&|PAS\r" * 30 + inner + b"FTS|50\r" * 30)
    assert [parse_ack(one).control_id for one in answers] == [f"B{n}" for n in range(50)]
    assert intake.counts() == {"received": 50, "kept": 50}


@pytest.mark.parametrize(
    "arrival, code",
    [
        (Arrival(adt("A01")), "AR"),
        (Arrival(adt("A01", msh={15: "AL"})), "CR"),
        (Arrival(b"MSH|^~\\&|A|B|C|D|2026||ACK|1|P|2.4\rMSA|AA|1\r"), ""),
    ],
)
def test_not_now_is_said_as_every_other_answer_is(intake: Intake, arrival: Arrival, code: str) -> None:
    assert [parse_ack(one).code.value for one in intake.desk.not_now(arrival)] == [code] * bool(code)
