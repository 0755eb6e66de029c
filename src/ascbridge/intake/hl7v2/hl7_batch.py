"""HL7 v2 batches: several messages in one payload (v2.4 chapter 2.10.3; FHS, BHS, BTS, FTS)."""

import re
from typing import Final

_BATCH_LINE: Final = re.compile(
    rb"(?:\A\s*|\A\xef\xbb\xbf|[\r\n](?:\xef\xbb\xbf)?)(MSH|FHS|BHS|BTS|FTS)(?=[^A-Za-z0-9]|\Z)"
)
_MARKS: Final = (b"MSH", b"FHS", b"BHS")


def split_batch(payload: bytes) -> list[bytes]:
    """The messages in a payload, in order.

    A batch is known by an FHS or BHS, or by a second MSH at the start of a line. Anything else, readable or
    not, is given back whole, so that every byte reaches `hl7.parse` and its judgement. An empty batch has no
    messages.
    """
    if payload[:3] == b"MSH" and sum(map(payload.count, _MARKS)) == 1:
        return [payload]
    lines = list(_BATCH_LINE.finditer(payload))
    headers = [line for line in lines if line[1] in _MARKS]
    is_batch = len(headers) > 1 or (headers and headers[0][1] != b"MSH")
    if not is_batch or lines[0].start() != 0:
        return [payload]
    ends = [line.start(1) for line in lines[1:]] + [len(payload)]
    return [payload[line.start(1) : end] for line, end in zip(lines, ends, strict=True) if line[1] == b"MSH"]


def declared_count(payload: bytes) -> int | None:
    """How many messages the batch trailers (BTS-1) say there are; None when one of them does not say.

    A difference from `split_batch` means that part of the batch was lost or miscounted by the sender.
    """
    return _declared(payload, b"BTS")


def miscount(payload: bytes, messages: int) -> str:
    """Say in what the trailers (BTS-1, FTS-1) count otherwise than we read, or nothing. `messages`: as split."""
    if b"BTS" not in payload and b"FTS" not in payload:
        return ""
    said = []
    declared, batches = declared_count(payload), _declared(payload, b"FTS")
    if declared is not None and declared != messages:
        said.append(f"BTS-1 says {declared} messages, {messages} were read")
    read = sum(line[1] == b"BHS" for line in _BATCH_LINE.finditer(payload))
    if batches is not None and batches != read:
        said.append(f"FTS-1 says {batches} batches, {read} were read")
    return "; ".join(said)


def _declared(payload: bytes, trailer: bytes) -> int | None:
    trailers = [line for line in _BATCH_LINE.finditer(payload) if line[1] == trailer]
    counts = [re.match(rb"[^\r\n0-9](\d+)", payload[line.end(1) : line.end(1) + 12]) for line in trailers]
    numbers = [int(count[1]) for count in counts if count]
    return sum(numbers) if numbers and len(numbers) == len(trailers) else None
