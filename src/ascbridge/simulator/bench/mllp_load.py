"""A load of messages over MLLP: connections that each wait for their answer, and messages without end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, cast

from ascbridge.intake.hl7v2.mllp import END, frame
from ascbridge.simulator import adt_writer
from ascbridge.simulator.adt_writer import StayView
from ascbridge.simulator.city import City

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ascbridge.simulator.city import Citizen

PEOPLE = 2_000
TRIGGERS = ("A01", "A16", "A03")
_CONTROL, _VISIT = b"@CONTROL@", b"@VISIT@"
_REFUSED = (b"MSA|AE", b"MSA|AR")


@dataclass
class Measured:
    """What a load did: seconds from sending to answer for each message, and how long it all took."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def rate(self) -> float:
        """Answered messages a second."""
        return len(self.waits) / self.seconds if self.seconds else 0.0


class Messages:
    """Admitted, ready, discharged: three messages a stay, of 2,000 people in turn, each about a kilobyte.

    `letter` keeps the numbers of one run of a scenario apart from another's; `triggers` may name fewer, and `people`
    others than the first of the city.
    """

    def __init__(
        self,
        letter: str,
        now_ms: int,
        triggers: tuple[str, ...] = TRIGGERS,
        people: Sequence[Citizen] | None = None,
    ) -> None:
        self._letter = letter.encode()
        self._triggers = triggers
        city = City(1, date(2026, 3, 3))
        them = [city.citizen() for _ in range(PEOPLE)] if people is None else people
        self._templates = [self._three(person, now_ms) for person in them]
        self.made = 0

    def _three(self, person: Citizen, now_ms: int) -> tuple[bytes, ...]:
        stay = StayView("@VISIT@", now_ms - 7_200_000, "W21")
        gone = StayView(
            "@VISIT@", now_ms - 7_200_000, "W21", discharged_ms=now_ms, discharge_method="1", destination="19"
        )
        ready = (adt_writer.pv2(expected_discharge="20260304"), adt_writer.zu1("Y", "20260303"))
        more: dict[str, tuple[str, ...]] = {
            "A01": (adt_writer.pv1(stay),),
            "A16": (adt_writer.pv1(stay), *ready),
            "A03": (adt_writer.pv1(gone),),
        }
        about = (adt_writer.pid(person), adt_writer.pd1(person), adt_writer.nk1(person))
        return tuple(
            frame(
                adt_writer.message(
                    trigger,
                    (adt_writer.evn(now_ms + n, now_ms), *about, *more[trigger]),
                    sent_ms=now_ms,
                    control_id=_CONTROL.decode(),
                    sequence=n,
                )
            )
            for n, trigger in enumerate(self._triggers)
        )

    def __iter__(self) -> Iterator[bytes]:
        """Framed messages without end: a person's three follow one another after the other people's."""
        while True:
            stay, place = divmod(self.made, len(self._templates) * len(self._triggers))
            step, person = divmod(place, len(self._templates))
            self.made += 1
            visit = b"%s%d-%d" % (self._letter, stay, person)
            control = b"%s%d" % (self._letter, self.made)
            yield self._templates[person][step].replace(_VISIT, visit).replace(_CONTROL, control)


class _Sender(asyncio.Protocol):
    """One connection that sends the next message when the last one is answered."""

    def __init__(self, messages: Iterator[bytes], measured: Measured, until: float, most: list[int]) -> None:
        self._messages, self._measured, self._until, self._most = messages, measured, until, most
        self._transport: asyncio.Transport | None = None
        self._at = 0.0
        self._heard = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        if not self._heard.endswith(END):
            return
        self._measured.waits.append(time.perf_counter() - self._at)
        self._measured.refused += any(code in self._heard for code in _REFUSED)
        self._heard = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the receiver closed the connection"))

    def _next(self) -> None:
        if self._transport is None:
            return
        self._most[0] -= 1
        if time.perf_counter() >= self._until or self._most[0] < 0:
            if not self.done.done():
                self.done.set_result(None)
            self._transport.close()
            return
        self._at = time.perf_counter()
        self._transport.write(next(self._messages))


async def closed_loop(
    port: int, messages: Iterator[bytes], *, connections: int, seconds: float, most: int = 1_000_000
) -> Measured:
    """Send on so many connections for so long, or until `most` messages were sent; each waits for its
    answer.
    """
    measured, loop = Measured(), asyncio.get_running_loop()
    began = time.perf_counter()
    left = [most]
    senders = []
    for _ in range(connections):
        _, sender = await loop.create_connection(
            lambda: _Sender(messages, measured, began + seconds, left), "127.0.0.1", port
        )
        senders.append(sender)
    await asyncio.gather(*(sender.done for sender in senders))
    measured.seconds = time.perf_counter() - began
    return measured


async def steady(port: int, messages: Iterator[bytes], *, rate: float, stop: asyncio.Event) -> int:
    """Send about `rate` messages a second on one connection until `stop`; return how many were answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began, sent = time.perf_counter(), 0
    try:
        while not stop.is_set():
            writer.write(next(messages))
            await reader.readuntil(END)
            sent += 1
            ahead = began + sent / rate - time.perf_counter()
            if ahead > 0:
                await asyncio.sleep(ahead)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return sent
