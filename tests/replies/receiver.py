"""A hospital's receiver on a real socket: it answers each message as its script says, and keeps what it got."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ascbridge.intake.hl7v2.hl7 import parse
from ascbridge.intake.hl7v2.hl7_ack import AckCode, build_ack
from ascbridge.intake.hl7v2.mllp import Frame, Framer, frame

if TYPE_CHECKING:
    from collections.abc import Iterable


class Receiver:
    """Answers by the script's words, one for each message, the last for all that follow:

    `well`, `error` (AE), `reject` (AR), `wrong` (names another message), `twice`, `never`, `late` (when it is let),
    `hang up`, `rubbish`.
    """

    def __init__(self, script: Iterable[str] = ("well",)) -> None:
        self.script = list(script)
        self.got: list[bytes] = []
        self.connections = 0
        self.release = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0) -> int:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    @property
    def control_ids(self) -> list[str]:
        return [parse(raw).control_id for raw in self.got]

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        framer = Framer()
        try:
            while data := await reader.read(65536):
                for one in framer.feed(data):
                    if isinstance(one, Frame):
                        await self._answer(one.payload, writer)
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()
            self._talks.discard(talk)

    async def _answer(self, raw: bytes, writer: asyncio.StreamWriter) -> None:
        self.got.append(raw)
        how = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if how == "never":
            return
        if how == "hang up":
            writer.close()
            return
        if how == "late":
            await self.release.wait()
        code = {"error": AckCode.AE, "reject": AckCode.AR}.get(how, AckCode.AA)
        number = f"H{len(self.got)}"
        ack = build_ack(raw, code, now_ms=1, our_app="PAS", our_facility="RKB", control_id=number)
        if how == "wrong":
            ack = ack.replace(parse(raw).control_id.encode(), b"SOMETHING-ELSE")
        if how == "rubbish":
            ack = b"no HL7 at all"
        writer.write(frame(ack) * (2 if how == "twice" else 1))
        await writer.drain()
