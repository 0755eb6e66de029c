"""What the outside world will do and when: messages, files and rounds of the team, in one order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ascbridge.intake.hl7v2.hl7_time import format_ts
from ascbridge.simulator import adt_writer
from ascbridge.simulator.wards import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from ascbridge.simulator.case_timeline import Statement
    from ascbridge.simulator.city_concerns import ConcernsFile
    from ascbridge.simulator.council import FactsFile
    from ascbridge.simulator.journeys import Journey
    from ascbridge.simulator.timeline import Said

SECOND_MS = 1000


@dataclass(frozen=True, slots=True)
class Send:
    """One message to send at a moment (UTC milliseconds), and the acknowledgment code it must get.

    `who` chooses the connection. A `repeat` is a retransmission of an accepted message: the bridge must
    recognise it and answer exactly as before.
    """

    at_ms: int
    raw: bytes
    who: str
    expect: str
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everything that will happen between two moments, each list in order of time."""

    start_ms: int
    end_ms: int
    sends: tuple[Send, ...]
    files: tuple[FactsFile, ...]
    rounds: tuple[int, ...]
    journeys: tuple[Journey, ...]
    told: tuple[Statement, ...] = ()
    """What the council's files say, in truth."""
    concerns: tuple[ConcernsFile, ...] = ()

    @property
    def kept(self) -> int:
        """How many messages of the hospital the bridge must keep."""
        return sum(one.expect == "AA" and not one.repeat for one in self.sends)

    @property
    def refused(self) -> int:
        """How many messages of the hospital the bridge must refuse."""
        return sum(one.expect != "AA" for one in self.sends)

    @property
    def repeats(self) -> int:
        """How many messages are retransmissions of accepted ones."""
        return sum(one.repeat for one in self.sends)


class Feed:
    """Numbers what the hospital says as its interface engine does, and makes its mistakes.

    `restart` is when the engine starts its control ids again from one, for a quarter of an hour, before
    somebody notices; MSH-13 goes on counting.
    """

    def __init__(self, random: Random, *, number: int, start_ms: int, restart_ms: int = 0) -> None:
        self._random = random
        self._number = number
        self._start_ms = start_ms
        self._restart_ms = restart_ms
        self._again = 0

    def sends(self, said: Sequence[Said], *, repeat_share: float) -> tuple[Send, ...]:
        """Every message as bytes, in order of sending. What was said before the start goes first, at the
        start.
        """
        sends: list[Send] = []
        for sequence, one in enumerate(sorted(said, key=lambda one: one.at_ms), 1):
            first = self._send(one, sequence)
            sends.append(first)
            if one.expect == "AR" and one.trigger == "A08":
                sends += self._stubborn(first)
            elif one.expect == "AA" and self._random.random() < repeat_share:
                sends.append(self._resent(first))
        return tuple(sorted(sends, key=lambda one: one.at_ms))

    def _send(self, one: Said, sequence: int) -> Send:
        raw = one.raw or adt_writer.message(
            one.trigger,
            one.segments,
            sent_ms=one.at_ms,
            control_id=self._control_id(one.at_ms, sequence),
            sequence=self._number * 1_000_000 + sequence,
            charset=one.charset,
        )
        return Send(max(one.at_ms, self._start_ms), raw, one.who, one.expect)

    def _control_id(self, at_ms: int, sequence: int) -> str:
        if self._restart_ms <= at_ms < self._restart_ms + HOUR_MS // 4:
            self._again += 1
            return f"P{self._number:03d}{self._again:07d}"
        return f"P{self._number:03d}{sequence:07d}"

    def _resent(self, first: Send) -> Send:
        """The answer came too late, so the engine sends again; every other engine sets MSH-7 anew."""
        later = first.at_ms + self._random.randint(3, 40) * SECOND_MS
        raw = first.raw
        if self._random.random() < 0.5:
            fields = raw.split(b"|", 7)
            raw = b"|".join([*fields[:6], format_ts(later).encode(), fields[7]])
        return replace(first, at_ms=later, raw=raw, repeat=True)

    def _stubborn(self, first: Send) -> list[Send]:
        """An engine that retries what was rejected; the fourth time it is told to stop."""
        return [
            replace(first, at_ms=first.at_ms + number * 20 * SECOND_MS, expect="AE" if number == 3 else "AR")
            for number in (1, 2, 3)
        ]
