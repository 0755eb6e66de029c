"""The remote folder over TCP: the host key is pinned, names are bytes, nothing half-written appears there."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import asyncssh
import pytest

from ascbridge.intake.doors.sftp_remote import (
    FileFault,
    RemoteAccount,
    RemoteFault,
    WrongHostKey,
    opened,
    pinned,
)
from tests.servers.sftp import SftpServer, private_key, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


def account(server: SftpServer, **changed: object) -> RemoteAccount:
    values = {
        "host": "127.0.0.1", "port": server.port, "user": "bridge", "host_keys": (server.host_key,),
        "key_file": server.key_file, **changed,
    }  # fmt: skip
    return RemoteAccount(**values)  # type: ignore[arg-type]


async def _names(account: RemoteAccount) -> list[str]:
    async with opened(account) as server:
        return sorted(file.name for file in (await server.files("/"))[0])


@pytest.mark.parametrize("by", ["key", "password"])
async def test_we_are_let_in_by_a_key_or_a_password(tmp_path: Path, by: str) -> None:
    async with serving(tmp_path) as server:
        (server.root / "a.csv").write_text("x")
        password = {"key_file": None, "password_file": server.password_file}
        assert await _names(account(server, **({} if by == "key" else password))) == ["a.csv"]


async def test_another_host_key_is_refused_before_anybody_says_who_he_is(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        with pytest.raises(WrongHostKey, match="none of those that are pinned"):
            await _names(account(server, host_keys=(other,)))
        assert server.logins == 0


async def test_a_host_key_of_another_kind_than_pinned_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path, host_key=asyncssh.generate_private_key("ecdsa-sha2-nistp256")) as server:
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        with pytest.raises(WrongHostKey, match="kinds that are pinned"):
            await _names(account(server, host_keys=(other,)))
        assert server.logins == 0


async def test_a_known_hosts_file_of_the_user_makes_nothing_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as server:
        home = tmp_path / "home" / ".ssh"
        home.mkdir(parents=True)
        (home / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {server.host_key}")
        monkeypatch.setenv("HOME", str(home.parent))
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        with pytest.raises(WrongHostKey):
            await _names(account(server, host_keys=(other,)))
        assert server.logins == 0


async def test_two_keys_may_be_pinned_while_a_server_changes_its_own(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        assert await _names(account(server, host_keys=(other, server.host_key))) == []


def test_without_a_key_that_can_be_read_nothing_is_pinned() -> None:
    for lines in ((), ("ssh-ed25519 nonsense",)):
        with pytest.raises(ValueError, match="host key"):
            pinned(lines)


async def test_a_user_who_is_not_let_in_is_told_so(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        private_key(tmp_path / "stranger.key")
        with pytest.raises(RemoteFault, match="does not let this user in"):
            await _names(account(server, key_file=tmp_path / "stranger.key"))


@pytest.mark.parametrize("wrong", ["open", "empty", "missing"])
async def test_a_key_file_that_cannot_be_used_is_told_by_its_name(tmp_path: Path, wrong: str) -> None:
    async with serving(tmp_path) as server:
        path = tmp_path / "wrong.key"
        if wrong != "missing":
            path.write_text("")
            path.chmod(0o644 if wrong == "open" else 0o600)
        with pytest.raises(RemoteFault, match=r"wrong\.key"):
            await _names(account(server, key_file=path))


async def test_a_server_that_is_away_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        gone = account(server)
    with pytest.raises(RemoteFault, match="cannot be reached"):
        await _names(gone)


async def test_a_server_that_hangs_up_at_once_is_told(tmp_path: Path) -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with serving(tmp_path) as other, server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(RemoteFault, match="server"):
            await _names(account(other, port=port))


async def test_only_plain_files_count_and_names_that_are_no_text_are_counted(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        (server.root / "a.csv").write_text("x")
        (server.root / "folder.csv").mkdir()
        (server.root / "link.csv").symlink_to("a.csv")
        (server.root / os.fsdecode(b"\xff.csv")).touch()
        async with opened(account(server)) as remote:
            found, strange = await remote.files("/")
            assert [file.name for file in found] == ["a.csv"]
            assert strange == 1
            assert await remote.look("/", "link.csv") is None
            assert await remote.look("/", "none.csv") is None
            assert await remote.look("/", "a.csv") == found[0]
            with pytest.raises(FileFault, match="no such file or folder"):
                await remote.files("/none")


async def test_a_file_that_moves_replaces_none_of_its_name(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        async with opened(account(server)) as remote:
            for text in ("one", "two"):
                (server.root / "a.csv").write_text(text)
                await remote.move("/", "a.csv", "/old")
            await remote.move("/", "a.csv", "/old")
            await remote.remove("/", "a.csv")
        found = {path.name: path.read_text() for path in (server.root / "old").iterdir()}
        assert found == {"a.csv": "one", "a.2.csv": "two"}


async def test_what_is_put_there_is_whole_and_replaces_what_we_put_before(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        path = tmp_path / "a.receipt.json"
        async with opened(account(server)) as remote:
            for text in ("one", "two"):
                path.write_text(text)
                await remote.put(path, "/reports/ours")
        found = {path.name: path.read_text() for path in (server.root / "reports" / "ours").iterdir()}
        assert found == {"a.receipt.json": "two"}


async def test_a_line_that_is_cut_in_the_middle_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        (server.root / "a.csv").write_bytes(b"x" * 5_000_000)
        server.breaks_after = 3_000_000
        async with opened(account(server)) as remote:
            blocks = remote.read("/", "a.csv", 0)
            assert await anext(blocks)
            with pytest.raises(RemoteFault, match="broke"):
                await _read_on(blocks)


async def _read_on(blocks: AsyncIterator[bytes]) -> None:
    async for _ in blocks:
        continue
