"""MLLP framing without any input or output: bytes in, frames and faults out.

A frame is ``0x0B payload 0x1C 0x0D`` (HL7 v2 implementation guide, appendix C; MLLP release 1). The rules
here, where real senders and the standard leave room:

* The end of a frame is 0x1C *followed by* 0x0D, also when a packet boundary falls between the two. A lone
  0x1C is payload. A sender that never adds 0x0D shows up as a `BARE_END` fault, not as a guess at where it
  stopped.
* 0x0B inside a frame starts a new frame only when a header segment (MSH, FHS, BHS) follows it: that sender
  gave up and began again. Any other 0x0B is payload: it is what a soft line break pasted from a word
  processor becomes.
* Bytes between frames are counted and reported, never dropped in silence.
* A frame longer than the limit is refused as soon as the limit is passed. Its rest is counted and discarded
  up to its end, so memory stays bounded by the limit plus one packet whatever the peer sends.

All sizes are in bytes. Nothing here raises for what a peer sends; a fault is a value.
"""

import re
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Final

START: Final = b"\x0b"
END: Final = b"\x1c\r"
HEAD_BYTES: Final = 4096
"""How much of a refused payload is kept, so that the answer can still name the message (MSH-10)."""

_FS: Final = b"\x1c"
_CR: Final = 0x0D
_RESTART: Final = re.compile(rb"\x0b(?:\xef\xbb\xbf)?(?:MSH|FHS|BHS)")
_LONGEST_RESTART: Final = 7


class FaultKind(StrEnum):
    """What was wrong with the framing."""

    JUNK = "junk"
    """Bytes between two frames."""
    NO_START = "no_start"
    """Bytes that end as a frame ends but did not start as one: a message that lost its 0x0B."""
    RESTARTED = "restarted"
    """A frame given up by its sender: another one began before it ended."""
    BARE_END = "bare_end"
    """As RESTARTED or UNFINISHED, with 0x1C as its last byte: the sender does not send the closing 0x0D."""
    OVERSIZE = "oversize"
    """A frame longer than the limit, reported when the limit is passed."""
    DISCARDED = "discarded"
    """What came of an oversize frame after its OVERSIZE fault; it needs no answer of its own."""
    UNFINISHED = "unfinished"
    """The connection ended inside a frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One complete payload, without its framing bytes."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class FramingFault:
    """Bytes in no frame that is handed on: what kind, how many, and how they began (`HEAD_BYTES` at most)."""

    kind: FaultKind
    count: int
    head: bytes = b""

    @property
    def reason(self) -> str:
        """The fault in one line, for a log and for an answer; it shows nothing of the content."""
        return f"{_REASONS[self.kind]} ({self.count} bytes)"

    @property
    def wants_answer(self) -> bool:
        """Whether its sender is waiting: it sent a whole message, or is sending one too long to take.

        A sender that began again, or has gone, would take an answer for that of its next message.
        """
        return self.kind in (FaultKind.NO_START, FaultKind.OVERSIZE)


_REASONS: Final = {
    FaultKind.JUNK: "Bytes outside any frame were skipped",
    FaultKind.NO_START: "Message without a start block (0x0B)",
    FaultKind.RESTARTED: "A new frame began before the last one ended",
    FaultKind.BARE_END: "Frame ended by 0x1C without 0x0D",
    FaultKind.OVERSIZE: "Frame is longer than the limit",
    FaultKind.DISCARDED: "Rest of an oversize frame was discarded",
    FaultKind.UNFINISHED: "Connection ended inside a frame",
}


def frame(payload: bytes) -> bytes:
    """The payload wrapped for the wire."""
    return b"".join((START, payload, END))


class _State(Enum):
    BETWEEN = auto()
    INSIDE = auto()
    DISCARDING = auto()


class Framer:
    """Reads one connection's byte stream; keep one per connection.

    `_buffer` holds the bytes not yet decided upon: those before `_at` are done with, and those before
    `_searched` hold no end of frame, so that a frame dripping in byte by byte is still read in linear time.
    `_skipped` and `_head` describe bytes let go of and not yet reported.
    """

    def __init__(self, max_bytes: int = 1_000_000) -> None:
        """Start between frames; `max_bytes` is the longest payload accepted."""
        self._max_bytes = max_bytes
        self._buffer = bytearray()
        self._at = 0
        self._searched = 0
        self._state = _State.BETWEEN
        self._skipped = 0
        self._head = b""

    @property
    def unfinished(self) -> bool:
        """True while a frame has begun and not ended: a silent peer is then late, not idle."""
        return self._state is not _State.BETWEEN

    def feed(self, data: bytes) -> list[Frame | FramingFault]:
        """Take the next bytes of the stream; return what they completed, in stream order."""
        found: list[Frame | FramingFault] = []
        if self._state is _State.BETWEEN and not self._buffer and not self._skipped:
            data = data[self._whole_frames(data, found) :]
            if not data:
                return found
        self._buffer += data
        while self._advance(found):
            pass
        del self._buffer[: self._at]
        self._searched = max(0, self._searched - self._at)
        self._at = 0
        return found

    def eof(self) -> list[FramingFault]:
        """The stream has ended: report what was left over, and be ready for a new stream."""
        kind, ends_bare = _LEFT_OVER[self._state], self._buffer.endswith(_FS)
        if kind is FaultKind.UNFINISHED and ends_bare:
            kind = FaultKind.BARE_END
        self._skip(len(self._buffer))
        begun = kind in (FaultKind.UNFINISHED, FaultKind.BARE_END)
        faults = [self._skipped_as(kind)] if self._skipped or begun else []
        self._buffer.clear()
        self._leave(0)
        self._searched = 0
        return faults

    def _whole_frames(self, data: bytes, found: list[Frame | FramingFault]) -> int:
        """The usual case, fast: take the plain frames that `data` begins with; return how long they are."""
        at = 0
        while data.startswith(START, at):
            begin, end = at + len(START), data.find(_FS, at)
            plain = data.startswith(END, end) and data.find(START, begin, end) < 0
            if end < 0 or not plain or end - begin > self._max_bytes:
                break
            found.append(Frame(data[begin:end]))
            at = end + len(END)
        return at

    def _advance(self, found: list[Frame | FramingFault]) -> bool:
        """Take one step through the buffer; False when more bytes are needed."""
        if self._state is _State.BETWEEN:
            return self._between(found)
        end = self._end()
        limit = end if end >= 0 else len(self._buffer)
        if self._state is _State.DISCARDING:
            return self._discarding(found, end, limit)
        # As far as a mark can be whose first byte is within the limit, so that packets decide nothing.
        sure = self._at + self._max_bytes + _LONGEST_RESTART
        if end < 0 and limit <= sure:
            return False
        if restart := _RESTART.search(self._buffer, self._at, min(limit, sure)):
            self._give_up(found, restart.start())
        elif limit - self._at > self._max_bytes:
            self._refuse(found)
        else:
            found.append(Frame(bytes(memoryview(self._buffer)[self._at : end])))
            self._leave(end + len(END))
        return True

    def _between(self, found: list[Frame | FramingFault]) -> bool:
        """Look for a start block; bytes before it are a fault."""
        end = self._buffer.find(END, self._at)
        start = self._buffer.find(START, self._at, end if end >= 0 else len(self._buffer))
        if start >= 0:
            self._skip(start)
            if self._skipped:
                found.append(self._skipped_as(FaultKind.JUNK))
            self._enter(start)
        elif end >= 0:
            self._skip(end + len(END))
            message = b"MSH" in self._head and self._skipped <= self._max_bytes
            found.append(self._skipped_as(FaultKind.NO_START if message else FaultKind.JUNK))
        else:
            self._skip(max(self._at, len(self._buffer) - self._buffer.endswith(_FS)))
            if self._skipped > self._max_bytes:
                found.append(self._skipped_as(FaultKind.JUNK))
        return start >= 0 or end >= 0

    def _discarding(self, found: list[Frame | FramingFault], end: int, limit: int) -> bool:
        """Let go of an oversize frame up to its end, or up to the frame that replaced it."""
        restart = _RESTART.search(self._buffer, self._at, limit)
        if restart is None and end < 0:
            self._skip(self._edge())
            return False
        self._skip(restart.start() if restart else end)
        if self._skipped:
            found.append(self._skipped_as(FaultKind.DISCARDED))
        if restart:
            self._enter(restart.start())
        else:
            self._leave(end + len(END))
        return True

    def _give_up(self, found: list[Frame | FramingFault], restart: int) -> None:
        """The sender began again at `restart`: report the frame it left unfinished."""
        ends_bare = self._buffer[restart - 1 : restart] == _FS
        self._skip(restart)
        found.append(self._skipped_as(FaultKind.BARE_END if ends_bare else FaultKind.RESTARTED))
        self._enter(restart)

    def _refuse(self, found: list[Frame | FramingFault]) -> None:
        """Report the frame as too long, now; its rest is discarded."""
        self._skip(self._at + self._max_bytes + 1)
        found.append(self._skipped_as(FaultKind.OVERSIZE))
        self._state = _State.DISCARDING

    def _edge(self) -> int:
        """Where the last bytes begin that may be part of a mark whose rest is still to come."""
        return max(self._at, len(self._buffer) - _LONGEST_RESTART)

    def _end(self) -> int:
        """Where the current frame ends, or -1; remembers how far it has looked."""
        position = max(self._searched, self._at)
        while (position := self._buffer.find(_FS, position)) >= 0:
            if position + 1 == len(self._buffer) or self._buffer[position + 1] == _CR:
                break
            position += 1
        self._searched = position if position >= 0 else len(self._buffer)
        return position if 0 <= position < len(self._buffer) - 1 else -1

    def _enter(self, start: int) -> None:
        """A frame begins at the start block found at `start`."""
        self._state = _State.INSIDE
        self._at = start + len(START)

    def _leave(self, after: int) -> None:
        """The frame ended just before `after`."""
        self._state = _State.BETWEEN
        self._at = after

    def _skip(self, to: int) -> None:
        """Let go of the bytes before `to`, remembering how many and how they began."""
        room = HEAD_BYTES - len(self._head)
        self._head += self._buffer[self._at : min(to, self._at + room)]
        self._skipped += to - self._at
        self._at = to

    def _skipped_as(self, kind: FaultKind) -> FramingFault:
        """The fault for what was let go of since the last one."""
        fault = FramingFault(kind, self._skipped, self._head)
        self._skipped, self._head = 0, b""
        return fault


_LEFT_OVER: Final = {
    _State.BETWEEN: FaultKind.JUNK,
    _State.INSIDE: FaultKind.UNFINISHED,
    _State.DISCARDING: FaultKind.DISCARDED,
}
