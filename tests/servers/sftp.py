"""A real SFTP server for one test, over TCP, with keys of its own: asyncssh's, in the loop of the test.

`breaks_after` cuts the line once so many bytes were read from a file: what a transfer does then is what is tested.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncssh

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PASSWORD = "made-up-password"


@dataclass
class SftpServer:
    """Serves `root` as /. `host_key` is the line to pin; `opened` counts how often each path was opened to be read."""

    root: Path
    port: int = 0
    host_key: str = ""
    key_file: Path | None = None
    password_file: Path | None = None
    breaks_after: int | None = None
    breaks_next: str = ""
    """The request that finds the line cut, once: ``rename``, ``remove``."""
    opened: Counter[str] = field(default_factory=Counter)
    offsets: list[int] = field(default_factory=list)
    logins: int = 0


def private_key(path: Path, kind: str = "ssh-ed25519") -> asyncssh.SSHKey:
    key = asyncssh.generate_private_key(kind)
    path.write_bytes(key.export_private_key())
    path.chmod(0o600)
    return key


@contextlib.asynccontextmanager
async def serving(
    folder: Path, *, host_key: asyncssh.SSHKey | None = None, port: int = 0
) -> AsyncIterator[SftpServer]:
    """Serve ``folder/remote`` until the context ends."""
    root = folder / "remote"
    root.mkdir(parents=True, exist_ok=True)
    ours = SftpServer(root, key_file=folder / "user.key", password_file=folder / "user.password")
    user = private_key(ours.key_file)
    ours.password_file.write_text(PASSWORD + "\n")
    ours.password_file.chmod(0o600)
    key = host_key or asyncssh.generate_private_key("ssh-ed25519")
    ours.host_key = key.export_public_key().decode()
    lines: set[asyncssh.SSHServerConnection] = set()
    server = await asyncssh.listen(
        "127.0.0.1", port, server_host_keys=[key], server_factory=lambda: _Login(ours, user, lines),
        sftp_factory=lambda channel: _Files(channel, ours), process_factory=None,
    )  # fmt: skip
    ours.port = server.get_port()
    try:
        yield ours
    finally:
        server.close()
        for line in list(lines):
            line.abort()
        await server.wait_closed()
        for line in list(lines):
            await line.wait_closed()
        await asyncio.sleep(0)


class _Login(asyncssh.SSHServer):
    def __init__(
        self, ours: SftpServer, user: asyncssh.SSHKey, lines: set[asyncssh.SSHServerConnection]
    ) -> None:
        self._ours, self._user, self._lines = ours, user, lines

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._lines.add(conn)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == "bridge" and key == self._user.convert_to_public()

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return username == "bridge" and password == PASSWORD

    def auth_completed(self) -> None:
        self._ours.logins += 1


class _Files(asyncssh.SFTPServer):
    def __init__(self, channel: asyncssh.SSHServerChannel, ours: SftpServer) -> None:
        self._ours, self._line = ours, channel.get_connection()
        super().__init__(channel, chroot=str(ours.root).encode())

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if pflags & asyncssh.FXF_READ:
            self._ours.opened[path.decode("utf-8", "replace")] += 1
        return super().open(path, pflags, attrs)

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        self._ours.offsets.append(offset)
        limit = self._ours.breaks_after
        if limit is not None and offset + size > limit:
            self._ours.breaks_after = None
            self._cut()
        return super().read(file_obj, offset, size)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        if self._ours.breaks_next == "rename":
            self._ours.breaks_next = ""
            super().rename(oldpath, newpath)
            self._cut()
        super().rename(oldpath, newpath)

    def _cut(self) -> None:
        self._line.abort()
        raise asyncssh.SFTPConnectionLost("cut")
