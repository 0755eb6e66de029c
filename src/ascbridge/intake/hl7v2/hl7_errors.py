"""What an HL7 v2 answer can say about a fault: table 0357, and the exception that carries its codes."""

from enum import IntEnum


class ErrorCode(IntEnum):
    """Message error condition codes (HL7 v2.4, table 0357)."""

    ACCEPTED = 0
    SEGMENT_SEQUENCE = 100
    REQUIRED_FIELD_MISSING = 101
    DATA_TYPE = 102
    TABLE_VALUE_NOT_FOUND = 103
    UNSUPPORTED_MESSAGE_TYPE = 200
    UNSUPPORTED_EVENT = 201
    UNSUPPORTED_PROCESSING_ID = 202
    UNSUPPORTED_VERSION = 203
    UNKNOWN_KEY = 204
    DUPLICATE_KEY = 205
    RECORD_LOCKED = 206
    INTERNAL = 207

    @property
    def text(self) -> str:
        """The table's own wording, as ERR-1.4.2 carries it."""
        return _TEXTS[self]


_TEXTS = {
    ErrorCode.ACCEPTED: "Message accepted",
    ErrorCode.SEGMENT_SEQUENCE: "Segment sequence error",
    ErrorCode.REQUIRED_FIELD_MISSING: "Required field missing",
    ErrorCode.DATA_TYPE: "Data type error",
    ErrorCode.TABLE_VALUE_NOT_FOUND: "Table value not found",
    ErrorCode.UNSUPPORTED_MESSAGE_TYPE: "Unsupported message type",
    ErrorCode.UNSUPPORTED_EVENT: "Unsupported event code",
    ErrorCode.UNSUPPORTED_PROCESSING_ID: "Unsupported processing id",
    ErrorCode.UNSUPPORTED_VERSION: "Unsupported version id",
    ErrorCode.UNKNOWN_KEY: "Unknown key identifier",
    ErrorCode.DUPLICATE_KEY: "Duplicate key identifier",
    ErrorCode.RECORD_LOCKED: "Application record locked",
    ErrorCode.INTERNAL: "Application internal error",
}


class UnreadableMessage(Exception):
    """The bytes are not one HL7 v2 message.

    `reason` says why in words safe to log (no patient content); `segment` and `field` name the place (0 when
    it is not one field); `hl7_code` is what an answer should carry.
    """

    def __init__(self, reason: str, segment: str, field: int, hl7_code: ErrorCode) -> None:
        super().__init__(reason, segment, field, hl7_code)
        self.reason = reason
        self.segment = segment
        self.field = field
        self.hl7_code = hl7_code

    def __str__(self) -> str:
        place = f"{self.segment}-{self.field}" if self.field else self.segment
        return f"{place}: {self.reason} ({self.hl7_code.value})"
