"""A folder on another system's SFTP server. The one module that knows asyncssh, and is loaded only where one is set.

The server is known by its pinned host keys and by nothing else: no file of known hosts is read, nothing is trusted at
first sight, and with a key that is not pinned nothing is said to the server, not even who we are. Its names are bytes
until somebody has judged them. Whatever goes wrong becomes a `RemoteFault`, whose text is for an IT desk.
"""

from __future__ import annotations

import asyncio
import contextlib
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import asyncssh

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator
    from pathlib import Path

PATIENCE_S = 30.0
MOST_NAMES = 100_000
BLOCK = 1 << 20
"""Bytes that are asked for at once; asyncssh asks for them in several requests, and holds no more than these."""
ASIDE = b".ascbridge-part"


class RemoteFault(Exception):
    """The remote folder cannot be used now; the text says why."""


class FileFault(RemoteFault):
    """One file or folder cannot be dealt with now; the server itself answers."""


class WrongHostKey(RemoteFault):
    """Whoever answers at the address is not who was pinned."""


@dataclass(frozen=True, slots=True)
class RemoteAccount:
    """Where to go and as whom. `host_keys` are pinned, as lines of OpenSSH; one of the two files lets us in."""

    host: str
    port: int
    user: str
    host_keys: tuple[str, ...]
    key_file: Path | None = None
    password_file: Path | None = None


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as its server tells of it: name, bytes, and when it was last written (UTC epoch ms)."""

    name: str
    size: int
    modified_ms: int

    @property
    def version(self) -> tuple[int, int]:
        """What is another when the file is another."""
        return self.size, self.modified_ms


def pinned(lines: tuple[str, ...]) -> list[asyncssh.SSHKey]:
    """Read host keys such as ``ssh-ed25519 AAAA...``. Raises `ValueError` where one is none, or there is none."""
    keys = []
    for line in lines:
        try:
            keys.append(asyncssh.import_public_key(line.strip()))
        except asyncssh.KeyImportError:
            raise ValueError("a host key is not as ssh-keyscan writes it: ssh-ed25519 AAAA...") from None
    if not keys:
        raise ValueError("no host key is pinned")
    return keys


@contextlib.asynccontextmanager
async def opened(account: RemoteAccount) -> AsyncIterator[RemoteServer]:
    """Connect, for as long as the context lasts. Raises `RemoteFault`."""
    with _told():
        async with asyncio.timeout(2 * PATIENCE_S):
            connection = await _connected(account)
    try:
        with _told():
            async with asyncio.timeout(PATIENCE_S):
                client = await connection.start_sftp_client(path_encoding=None)
        yield RemoteServer(client)
    finally:
        connection.close()
        with contextlib.suppress(asyncssh.Error, OSError, TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await connection.wait_closed()


async def _connected(account: RemoteAccount) -> asyncssh.SSHClientConnection:
    try:
        return await asyncssh.connect(account.host, account.port, options=_options(account))
    except asyncssh.ConnectionLost:  # as OpenSSH ends it where it has no host key of a kind that we ask for
        raise RemoteFault(
            "the server ended the connection at once: it may have no host key of the kinds that are pinned"
        ) from None


def _options(account: RemoteAccount) -> asyncssh.SSHClientConnectionOptions:
    """All that is said to the server, and nothing of what stands in the files of whoever runs us."""
    return asyncssh.SSHClientConnectionOptions(
        config=None,
        username=account.user,
        known_hosts=(pinned(account.host_keys), [], []),
        x509_trusted_certs=None,
        client_keys=None if account.key_file is None else [_private_key(account.key_file)],
        password=None if account.password_file is None else _password(account.password_file),
        agent_path=None,
        gss_auth=False,
        gss_kex=False,
        connect_timeout=PATIENCE_S,
        login_timeout=PATIENCE_S,
        keepalive_interval=PATIENCE_S / 2,
        keepalive_count_max=3,
    )


def _private_key(path: Path) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_private_key(_secret(path))
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        raise RemoteFault(f"{path} holds no private key that can be read without a passphrase") from None


def _password(path: Path) -> str:
    try:
        return _secret(path).decode()
    except UnicodeDecodeError:
        raise RemoteFault(f"{path} is not UTF-8") from None


def _secret(path: Path) -> bytes:
    try:
        if path.stat().st_mode & 0o077:
            raise RemoteFault(f"{path} may be read by others: chmod 600")
        return path.read_bytes().strip()
    except OSError as fault:
        raise RemoteFault(f"{path} cannot be read: {fault.strerror}") from None


class RemoteServer:
    """What may be done there. Paths are bytes; folders are given as they stand in the settings."""

    def __init__(self, client: asyncssh.SFTPClient) -> None:
        self._client = client

    async def files(self, folder: str) -> tuple[list[RemoteFile], int]:
        """Return the plain files of a folder, and how many more have names that are no text."""
        found, strange = [], 0
        with _told(f"the folder {folder}"):
            async with asyncio.timeout(2 * PATIENCE_S):
                async for entry in self._client.scandir(folder.encode()):
                    if entry.attrs.permissions is not None and not stat.S_ISREG(entry.attrs.permissions):
                        continue
                    try:
                        found.append(_file(entry.filename, entry.attrs))
                    except UnicodeDecodeError:
                        strange += 1
                    if len(found) > MOST_NAMES:
                        raise RemoteFault(f"the folder {folder} holds more than {MOST_NAMES} files")
        return found, strange

    async def look(self, folder: str, name: str) -> RemoteFile | None:
        """Return a file as it is now, or None where it is gone or is none."""
        with _told():
            async with asyncio.timeout(PATIENCE_S):
                try:
                    attrs = await self._client.lstat(_path(folder, name))
                except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
                    return None
        plain = attrs.permissions is None or stat.S_ISREG(attrs.permissions)
        return _file(name.encode(), attrs) if plain else None

    async def read(self, folder: str, name: str, begin: int) -> AsyncGenerator[bytes]:
        """Give the bytes of a file from a place on, a block at a time."""
        with _told(name):
            async with asyncio.timeout(PATIENCE_S):
                file = await self._client.open(_path(folder, name), "rb")
            try:
                at = begin
                while True:
                    async with asyncio.timeout(2 * PATIENCE_S):
                        # The library's types say text; it was opened as bytes.
                        block = cast("bytes", await file.read(BLOCK, at))
                    if not block:
                        return
                    at += len(block)
                    yield block
            finally:
                with contextlib.suppress(asyncssh.Error, OSError, TimeoutError):
                    async with asyncio.timeout(PATIENCE_S):
                        await file.close()

    async def remove(self, folder: str, name: str) -> None:
        """Remove a file; one that is gone is no fault."""
        with _told(name), contextlib.suppress(asyncssh.SFTPNoSuchFile):
            async with asyncio.timeout(PATIENCE_S):
                await self._client.remove(_path(folder, name))

    async def move(self, folder: str, name: str, into: str) -> None:
        """Move a file to another folder there, beside any that has its name; one that is gone is no fault."""
        with _told(f"{name} to {into}"):
            async with asyncio.timeout(2 * PATIENCE_S):
                await self._folder(into)
                free = await self._free(into, name)
                with contextlib.suppress(asyncssh.SFTPNoSuchFile):
                    await self._client.rename(_path(folder, name), free)

    async def put(self, path: Path, into: str) -> None:
        """Write one of our files into a folder there: whole under its name, or not at all."""
        with _told(f"{path.name} to {into}"):
            target = _path(into, path.name)
            async with asyncio.timeout(10 * PATIENCE_S):
                await self._folder(into)
                await self._client.put(str(path).encode(), target + ASIDE, block_size=32_768, max_requests=16)
                with contextlib.suppress(asyncssh.SFTPNoSuchFile):
                    await self._client.remove(target)
                await self._client.rename(target + ASIDE, target)

    async def _folder(self, folder: str) -> None:
        if not await self._client.isdir(folder.encode()):
            await self._client.makedirs(folder.encode(), exist_ok=True)

    async def _free(self, folder: str, name: str) -> bytes:
        stem, dot, suffix = name.rpartition(".")
        for number in range(1, MOST_NAMES):
            path = _path(folder, name if number == 1 else f"{stem}.{number}{dot}{suffix}")
            if not await self._client.lexists(path):
                return path
        raise FileFault(f"{folder} has no room for another {name}")


def _file(name: bytes | str, attrs: asyncssh.SFTPAttrs) -> RemoteFile:
    text = name.decode() if isinstance(name, bytes) else name
    return RemoteFile(text, attrs.size or 0, (attrs.mtime or 0) * 1000)


def _path(folder: str, name: str) -> bytes:
    return f"{folder.rstrip('/')}/{name}".encode()


@contextlib.contextmanager
def _told(what: str = "") -> Iterator[None]:
    """Say in words for an IT desk what went wrong; what a server says of itself is not quoted."""
    try:
        yield
    except (asyncssh.Error, OSError, ValueError) as fault:  # a `TimeoutError` is an OSError
        raise _in_words(fault, f"{what}: " if what else "") from None


_OF_THE_SERVER: tuple[tuple[type[Exception] | tuple[type[Exception], ...], type[RemoteFault], str], ...] = (
    (
        asyncssh.HostKeyNotVerifiable,
        WrongHostKey,
        "the server's host key is none of those that are pinned: ring its owner before you pin another",
    ),
    (
        asyncssh.KeyExchangeFailed,
        WrongHostKey,
        "the server has no host key of the kinds that are pinned, or no safe way to agree on keys with us",
    ),
    (
        asyncssh.PermissionDenied,
        RemoteFault,
        "the server does not let this user in: look at the key or the password",
    ),
    (
        (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection),
        RemoteFault,
        "the connection to the server broke",
    ),
)
_OF_A_FILE = (
    (asyncssh.SFTPNoSuchFile, "there is no such file or folder on the server"),
    (asyncssh.SFTPPermissionDenied, "the server does not allow it"),
)


def _in_words(fault: Exception, of: str) -> RemoteFault:
    name = type(fault).__name__
    for kind, told, words in _OF_THE_SERVER:
        if isinstance(fault, kind):
            return told(words)
    if isinstance(fault, asyncssh.SFTPError):
        words = next(
            (words for kind, words in _OF_A_FILE if isinstance(fault, kind)), f"the server refuses: {name}"
        )
        return FileFault(of + words)
    if isinstance(fault, asyncssh.Error):
        return RemoteFault(f"the connection to the server broke: {name}")
    if isinstance(fault, TimeoutError):
        return RemoteFault(f"{of}the server takes too long")
    if isinstance(fault, OSError):
        return RemoteFault(f"the server cannot be reached: {fault.strerror or name}")
    return RemoteFault(f"{of}the server says what cannot be understood: {name}")
