"""The door: what is let in, what is refused and where, and by what a resend is known again."""

from __future__ import annotations

import pytest

from ascbridge.events.logs.envelope import Ref
from ascbridge.events.logs.sealing import Keyring
from ascbridge.intake.agreed import profiles
from ascbridge.intake.hl7v2.hl7_ack import COMMIT, SILENT
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode
from ascbridge.intake.hl7v2.mllp import FaultKind, FramingFault
from ascbridge.intake.keeping import answers, inbox
from ascbridge.intake.keeping.inbox import MOST_IN_BATCH, Arrival, Doorkeeper
from tests.intake.messages import NHS_NUMBER, adt

KEYRING = Keyring(bytes(range(32)))
DOOR = Doorkeeper(profiles.read("itk-v24"), KEYRING)
REFUSED = Ref("lane", "itk-v24", "refused")
ACK = b"MSH|^~\\&|A|B|C|D|202610051000||ACK^A01|X1|P|2.4\rMSA|AA|T0001\r"


def misframed(kind: FaultKind, head: bytes) -> Arrival:
    return Arrival(head, "192.0.2.7:4001", FramingFault(kind, len(head), head))


def test_a_good_message_is_let_in_with_everybody_it_names() -> None:
    one = DOOR.judge(adt("A03", control_id="C9"))
    assert (one.fault, one.control_id, one.trigger) == (None, "C9", "A03")
    assert one.lane == Ref("patient", "RKB", "L100")
    assert one.refs[0] == one.lane
    assert Ref("spell", "RKB", "V100") in one.refs


def test_what_was_tolerated_is_flagged() -> None:
    assert DOOR.judge(adt("A01")).flags == []
    assert DOOR.judge(b"\xef\xbb\xbf" + adt("A01")).flags == ["bom"]


def test_a_fault_of_content_becomes_part_of_the_candidate() -> None:
    one = DOOR.judge(adt("A03", visit=""))
    assert one.fault is not None
    assert (one.fault.segment, one.fault.field, one.fault.answer) == ("PV1", 19, "AE")
    assert (one.lane, one.refs) == (None, ())
    assert one.control_id == "T0001"


def test_bytes_that_cannot_be_read_are_never_taken() -> None:
    one = DOOR.judge(b"MSH|^^\\&|PAS\rPID|1\r")
    assert one.fault is not None
    assert (one.fault.answer, one.fault.segment, one.fault.field) == ("AR", "MSH", 2)
    assert one.fault.code is ErrorCode.DATA_TYPE


def test_an_acknowledgment_is_let_in_and_gets_no_answer() -> None:
    one = DOOR.judge(ACK)
    assert (one.fault, one.codes) == (None, answers.SILENT)


def test_a_resend_is_known_by_everything_but_the_time_it_was_sent() -> None:
    first = DOOR.digest(adt("A01", sent="202610051000", recorded="202610050959"))
    assert first == DOOR.digest(adt("A01", sent="202610051130", recorded="202610050959"))
    assert first != DOOR.digest(adt("A01", sent="202610051000", recorded="202610050958"))
    assert first != DOOR.digest(adt("A01", recorded="202610050959", control_id="T0002"))


def test_a_digest_tells_nothing_without_the_key_and_feeds_share_none() -> None:
    raw = adt("A01")
    assert NHS_NUMBER not in DOOR.digest(raw)
    assert DOOR.digest(raw) != Doorkeeper(profiles.read("uhcw"), KEYRING).digest(raw)
    assert DOOR.digest(raw) != Doorkeeper(DOOR.profile, Keyring(bytes(32))).digest(raw)


def test_a_batch_is_as_many_candidates_as_it_has_messages() -> None:
    batch = b"BHS|^~\\&|PAS\r" + adt("A01") + adt("A03", control_id="T0002", visit="") + b"BTS|2\r"
    found = DOOR.candidates(Arrival(batch))
    assert [(one.control_id, one.fault is None) for one in found] == [("T0001", True), ("T0002", False)]


def test_an_oversize_frame_is_refused_by_what_its_head_shows() -> None:
    (one,) = DOOR.candidates(misframed(FaultKind.OVERSIZE, adt("A01")[:200]))
    assert one.fault is not None
    assert (one.control_id, one.fault.answer, one.fault.code) == ("T0001", "AE", ErrorCode.INTERNAL)


def test_a_frame_without_a_start_is_told_so() -> None:
    (one,) = DOOR.candidates(misframed(FaultKind.NO_START, adt("A01")))
    assert one.fault is not None
    assert (one.fault.segment, one.fault.code) == ("MSH", ErrorCode.SEGMENT_SEQUENCE)


@pytest.mark.parametrize("kind", list(FaultKind))
def test_only_bytes_that_somebody_waits_to_hear_about_become_a_candidate(kind: FaultKind) -> None:
    arrival = misframed(kind, b"MSH|^~\\&|PAS")
    assert arrival.fault is not None
    assert len(DOOR.candidates(arrival)) == int(arrival.fault.wants_answer)


def test_a_line_of_council_facts_is_one_message_and_is_not_answered() -> None:
    door = Doorkeeper(profiles.read("council-facts"), KEYRING)
    (one,) = door.candidates(Arrival(b'{"fact": "nonsense"}\n' + adt("A01") + adt("A01")))
    assert one.fault is not None
    assert one.codes == answers.SILENT


def test_keys_are_wanted_once_for_each_and_one_lane_is_for_all_refusals() -> None:
    good, bad = DOOR.judge(adt("A01")), DOOR.judge(adt("A03", visit=""))
    assert inbox.needed([good, good], REFUSED) == list(dict.fromkeys(good.refs))
    assert inbox.needed([bad, bad], REFUSED) == [REFUSED]
    assert inbox.needed([bad, good], REFUSED) == [*dict.fromkeys(good.refs), REFUSED]


@pytest.mark.parametrize("payload", [b"BHS|^~\\&|PAS\rBTS|0\r", b"FHS|^~\\&\rPID|1||L1^^^RKB\r"])
def test_a_batch_without_a_message_is_refused_whole_because_its_sender_waits(payload: bytes) -> None:
    (one,) = DOOR.candidates(Arrival(payload))
    assert one.raw == payload
    assert one.fault is not None
    assert (one.fault.text, one.fault.answer) == ("A batch without a message", "AR")


def test_a_batch_of_more_messages_than_others_can_wait_for_is_refused_whole() -> None:
    most = b"".join(b"MSH|^~\\&|||||||ADT^A01|%d\r" % number for number in range(MOST_IN_BATCH))
    assert len(DOOR.candidates(Arrival(most))) == MOST_IN_BATCH
    (one,) = DOOR.candidates(Arrival(most + b"MSH|^~\\&|||||||ADT^A01|X\r"))
    assert one.fault is not None
    assert (one.fault.text, one.fault.answer) == (
        "batch of 5001 messages, more than 5000; send it in parts",
        "AE",
    )


def test_an_acknowledgment_is_never_answered_however_broken_it_is() -> None:
    head = b"MSH|^~\\&|PAS|RKB|ROUTE|RKB|2026||ACK|F236|P|2.4\rMSA|AA|1\r"
    (one,) = DOOR.candidates(misframed(FaultKind.OVERSIZE, head))
    assert one.codes == SILENT


@pytest.mark.parametrize("kind", [FaultKind.OVERSIZE, FaultKind.NO_START])
def test_a_frame_that_is_refused_unread_is_answered_in_the_mode_its_header_asks_for(kind: FaultKind) -> None:
    (one,) = DOOR.candidates(misframed(kind, adt("A01", msh={15: "AL"})[:200]))
    assert one.codes == COMMIT
