"""A small receiver of MLLP, which answers as it is told to."""

import asyncio
from collections.abc import Callable
from typing import Self

from ascbridge.intake.hl7v2.mllp import Frame, Framer, frame


def answered(raw: bytes, code: str = "AA", error: str = "") -> bytes:
    fields = raw.split(b"|", 10) if raw.startswith(b"MSH|") else []
    control_id = fields[9].decode() if len(fields) > 9 else ""
    more = f"ERR|^^^{error}\r" if error else ""
    return f"MSH|^~\\&|B|C|PAS|RKB|20260303||ACK|1|P|2.4\rMSA|{code}|{control_id}\r{more}".encode()


class MllpServer:
    """Use as ``async with MllpServer(answer)``; `answer` gives the answer to a message, or None to hang up."""

    def __init__(self, answer: Callable[[bytes], bytes | None] = answered) -> None:
        self.heard: list[bytes] = []
        self.connections = 0
        self._answer = answer

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        framer = Framer()
        while data := await reader.read(65536):
            for one in framer.feed(data):
                assert isinstance(one, Frame)
                self.heard.append(one.payload)
                answer = self._answer(one.payload)
                if answer is None:
                    writer.close()
                    return
                writer.write(frame(answer))
        writer.close()
