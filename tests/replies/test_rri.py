"""What a hospital is told, byte for byte, and read back by the parser that reads what hospitals say."""

from __future__ import annotations

from dataclasses import replace

from ascbridge.events.facts.task_progress import STEPS
from ascbridge.intake.hl7v2.hl7 import parse
from ascbridge.replies.rri import REFERRAL_STATUS, TITLES, Envelope, Told, write
from tests.discharge.builders import at

ENVELOPE = Envelope("ASCBRIDGE", "COVASC", "PAS", "RKB")
TOLD = Told(
    control_id="A1B2C3D4E5F6A7B8C9D0", task="t0001", progress="allocated", since_ms=at("2026-10-18T13:50"),
    team="Community Discharge Team", next_words="Next step due by 18/10/2026 14:20", authority="RKB",
    local_id="L100", nhs_number="9993000019", visit_number="V100", family_name="O'BRIEN", given_names=("MÁIRE",),
    birth_date="1941-03-14",
)  # fmt: skip


def test_the_message_as_it_goes_out() -> None:
    assert write(TOLD, ENVELOPE, at("2026-10-18T13:51")).decode().split("\r") == [
        (
            r"MSH|^~\&|ASCBRIDGE|COVASC|PAS|RKB|20261018135100||RRI^I12^RRI_I12|A1B2C3D4E5F6A7B8C9D0|P|2.4"
            "|||||GBR|UNICODE UTF-8"
        ),
        "RF1|A^Accepted^HL70283^allocated^Somebody has taken it^ASCBRIDGE|||||t0001^ASCBRIDGE|20261018135000",
        "PRD|RT^Referred to Provider^HL70286|Community Discharge Team",
        "PID|||9993000019^^^NHS~L100^^^RKB||O'BRIEN^MÁIRE||19410314",
        "PV1||U|||||||||||||||||V100^^^RKB",
        "NTE|1||Somebody has taken it: Community Discharge Team. Next step due by 18/10/2026 14:20",
        "",
    ]


def test_a_reason_is_coded_and_in_words() -> None:
    told = replace(TOLD, progress="rejected", reason="other", reason_words="Another council's", next_words="")
    segments = write(told, ENVELOPE, 0).decode().split("\r")
    assert segments[1].split("|")[10] == "other^Another council's^ASCBRIDGE"
    assert segments[5] == "NTE|1||Not accepted: Community Discharge Team. Another council's"


def test_what_names_are_made_of_cannot_break_the_message() -> None:
    told = replace(TOLD, family_name="A|B^C~D\\E&F\rZ", team="Team & Co")
    message = parse(write(told, ENVELOPE, 0))
    assert [segment.name for segment in message.segments] == ["MSH", "RF1", "PRD", "PID", "PV1", "NTE"]
    assert message.control_id == TOLD.control_id


def test_every_standing_has_its_status_and_words() -> None:
    assert set(REFERRAL_STATUS) == set(TITLES) == set(STEPS)
    assert {code for code, _ in REFERRAL_STATUS.values()} <= {"A", "E", "P", "R"}  # table 0283


def test_another_message_may_be_agreed() -> None:
    head = write(TOLD, replace(ENVELOPE, message="ORU^R01", processing="T"), 0).split(b"\r")[0].split(b"|")
    assert (head[8], head[10]) == (b"ORU^R01^ORU_R01", b"T")
