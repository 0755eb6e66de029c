"""A mail server on a real socket (RFC 5321, as much as a sender needs), which keeps what it is given."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: Any = self.server
        self._say("220 mail.example")
        while line := self.rfile.readline().decode().strip():
            word = line.split(":")[0].upper()
            if word.startswith("EHLO"):
                self._say("250 mail.example")
            elif word == "DATA":
                self._say("354 go on")
                self._take(server)
            elif word == "QUIT":
                self._say("221 bye")
                return
            elif word == "RCPT TO" and server.refuses:
                self._say("550 no such mailbox")
            else:
                self._say("250 well")

    def _take(self, server: Any) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        server.got.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self._say("250 kept")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """`got` is what was sent; `refuses`: it knows no mailbox."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.got: list[EmailMessage] = []
        self.refuses = False

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(30)
