"""The error table of HL7 v2.4 (0357) and the exception that carries its codes to an answer."""

import pytest

from ascbridge.intake.hl7v2.hl7_errors import ErrorCode, UnreadableMessage


@pytest.mark.parametrize(
    "number, text",
    [
        (0, "Message accepted"),
        (100, "Segment sequence error"),
        (101, "Required field missing"),
        (102, "Data type error"),
        (103, "Table value not found"),
        (200, "Unsupported message type"),
        (201, "Unsupported event code"),
        (202, "Unsupported processing id"),
        (203, "Unsupported version id"),
        (204, "Unknown key identifier"),
        (205, "Duplicate key identifier"),
        (206, "Application record locked"),
        (207, "Application internal error"),
    ],
)
def test_a_code_has_the_wording_of_its_table(number, text):
    assert ErrorCode(number).text == text


def test_every_code_has_a_wording_of_its_own():
    assert len(ErrorCode) == 13
    assert len({code.text for code in ErrorCode}) == len(ErrorCode)


def test_a_message_that_cannot_be_read_says_where_and_with_which_code():
    fault = UnreadableMessage("The same separator twice", "MSH", 2, ErrorCode.DATA_TYPE)
    assert str(fault) == "MSH-2: The same separator twice (102)"
    assert (fault.reason, fault.segment, fault.field, fault.hl7_code) == (
        "The same separator twice",
        "MSH",
        2,
        102,
    )


def test_a_fault_that_is_not_one_field_names_the_segment_alone():
    assert str(UnreadableMessage("No MSH", "MSH", 0, ErrorCode.SEGMENT_SEQUENCE)) == "MSH: No MSH (100)"
