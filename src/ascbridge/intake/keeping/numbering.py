"""Notices messages that never came, by the numbers that a feed gives its messages: MSH-13, or control ids that run on.

That a feed numbers its messages is learned: it is so once two hundred in a row ran on by one. What is then left out,
and has not come some minutes and some messages later, was lost on its way or never sent. A feed that leaves numbers
out at times is believed less each time, so it is told twice or thrice and no more.

Every message counts as it comes to the door, whatever becomes of it and wherever it is kept: so nobody can tell by a
number that is missing here what stands behind the safeguarding wall. What was heard is kept in memory alone. Thinks
only.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass

LEAST = 200
"""So many must run on by one before a feed is believed to number its messages."""
MOST_LEAST = 12_800
MOST_MISSING = 50
"""Who leaves out more at once has set a counter forward."""
RESTART = 1_000
"""What is so far back is a counter that began again, and no message that comes late."""
PATIENCE_MS, MESSAGES_AFTER = 5 * 60_000, 20
MOST_STREAMS = 4
SEQUENCE = "MSH-13 "
_NUMBERED = re.compile(r"(.*?)([0-9]{1,15})", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers in a row that never came, as the sender writes them, and since when they are missed (UTC ms)."""

    first: str
    last: str
    n: int
    since_ms: int


@dataclass(slots=True)
class _Missed:
    since_ms: int
    after: int
    text: str


class _Stream:
    """Numbers of one kind."""

    def __init__(self) -> None:
        self.last: int | None = None
        self.heard = self.run = 0
        self.least = LEAST
        self.missing: dict[int, _Missed] = {}

    def hear(self, number: int, prefix: str, width: int, now_ms: int) -> None:
        self.heard += 1
        if self.missing.pop(number, None) is not None or number == self.last:
            return
        if self.last is None or number < self.last - RESTART:
            self._begin(number)
        elif number > self.last:
            self._go_on(number, prefix, width, now_ms)

    def _begin(self, number: int) -> None:
        self.last, self.run = number, 0
        self.missing.clear()

    def _go_on(self, number: int, prefix: str, width: int, now_ms: int) -> None:
        assert self.last is not None
        left_out = range(self.last + 1, number)
        if not left_out:
            self.run += 1
        elif self.run >= self.least and len(left_out) <= MOST_MISSING:
            for one in left_out:
                self.missing[one] = _Missed(now_ms, self.heard, prefix + str(one).zfill(width))
        else:
            self.run = 0
        self.last = number

    def due(self, now_ms: int) -> list[list[int]]:
        """Give the numbers that have been waited for long enough, those in a row together."""
        rows: list[list[int]] = []
        for number, one in sorted(self.missing.items()):
            waited = now_ms - one.since_ms >= PATIENCE_MS and self.heard - one.after >= MESSAGES_AFTER
            if waited and rows and rows[-1][-1] == number - 1:
                rows[-1].append(number)
            elif waited:
                rows.append([number])
        return rows


class Numbering:
    """What one desk has heard of one feed's numbers."""

    def __init__(self) -> None:
        self._streams: OrderedDict[str, _Stream] = OrderedDict()
        self._offered: list[tuple[_Stream, list[int]]] = []

    def hear(self, sequence: str, control_id: str, now_ms: int) -> None:
        """Hear of one message that came, and was kept here, elsewhere, or refused."""
        numbered = sequence.isascii() and sequence.isdigit() and int(sequence[:15]) > 0
        found = _NUMBERED.fullmatch(SEQUENCE + sequence if numbered else control_id)
        if found is None:
            return
        prefix, digits = found.groups()
        stream = self._streams.setdefault(prefix, _Stream())
        self._streams.move_to_end(prefix)
        if len(self._streams) > MOST_STREAMS:
            self._streams.popitem(last=False)
        stream.hear(int(digits), prefix, 0 if numbered else len(digits), now_ms)

    def due(self, now_ms: int) -> list[Gap]:
        """Return what never came. It is said again until it was `told`."""
        self._offered = [
            (one, row) for one in self._streams.values() if one.missing for row in one.due(now_ms)
        ]
        return [
            Gap(one.missing[row[0]].text, one.missing[row[-1]].text, len(row), one.missing[row[0]].since_ms)
            for one, row in self._offered
        ]

    def told(self) -> None:
        """Hear that what was due is written down: it is waited for no more, and its feed is believed less."""
        for one, row in self._offered:
            for number in row:
                one.missing.pop(number, None)
        for one in {id(one): one for one, _ in self._offered}.values():
            one.run, one.least = 0, min(2 * one.least, MOST_LEAST)
        self._offered = []
