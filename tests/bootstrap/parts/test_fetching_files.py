"""Fetching by SFTP as it is set: from the server's folder to what is kept, in a running listener."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from ascbridge.bootstrap import listening
from ascbridge.bootstrap.parts import fetching_files, settled
from ascbridge.config_sections import SftpSettings
from ascbridge.operations.flowing.neighbour import Neighbour
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import message
from tests.intake.doors.test_file_drop import LINE
from tests.servers.sftp import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.config import Settings

PATIENCE_S = 60


async def test_a_file_on_the_server_is_kept_and_its_receipt_goes_back(
    tmp_path: Path, make_settings: Callable[..., Settings], settings: Settings
) -> None:
    async with serving(tmp_path / "server") as server:
        (server.root / "out").mkdir()
        (server.root / "out" / "facts.jsonl").write_text(json.dumps(LINE) + "\n{not json\n")
        council = {
            "folders": {"extract": {"folder": tmp_path / "in"}},
            "sftp": {
                "case-system": {
                    "into": "extract", "host": "127.0.0.1", "port": server.port, "user": "bridge",
                    "host_keys": [server.host_key], "key_file": server.key_file, "remote_folder": "/out",
                    "afterwards": "delete", "reports_to": "/reports", "look_every_seconds": 0.5,
                }
            },
        }  # fmt: skip
        made = make_settings(council=council, data_dir=settings.data_dir, mllp=settings.mllp)
        stop = asyncio.Event()
        running = asyncio.create_task(listening.listen(made, stop))
        report = server.root / "reports" / "facts.jsonl.rejected.jsonl"
        async with asyncio.timeout(PATIENCE_S):
            while not report.exists() or (server.root / "out" / "facts.jsonl").exists():
                assert not running.done(), running
                await asyncio.sleep(0.01)
            beside = Neighbour("listen", settled.vitals_socket(made))
            while await beside.trouble():
                assert not running.done(), running
                await asyncio.sleep(0.01)
        stop.set()
        await asyncio.wait_for(running, PATIENCE_S)
    assert json.loads(report.read_text())["line"] == 2
    kept = SqliteDatabase(settled.file_of(made, "kept"))
    rows = await kept.read(
        lambda c: c.execute(
            select(message.c.feed, message.c.outcome, func.count()).group_by(message.c.outcome)
        ).all()
    )
    await kept.close()
    assert sorted(map(tuple, rows)) == [("council-facts", "kept", 1), ("council-facts", "refused", 1)]


RIGHT = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMmIyO5YvncxrzJB3RjIhhuY42gEs3XPlMNC2EQXdafN"


def wanted(**changed: Any) -> SftpSettings:
    given = {
        "into": "a",
        "host": "h",
        "user": "u",
        "remote_folder": "/",
        "host_keys": [RIGHT],
        "key_file": "key",
    }
    return SftpSettings(**(given | changed))  # type: ignore[arg-type]  # read by pydantic


def test_host_keys_come_from_the_settings_or_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# of the case system\n{RIGHT}\n\n{RIGHT} the next\n")
    assert fetching_files.host_keys("a", wanted()) == (RIGHT,)
    assert fetching_files.host_keys("a", wanted(host_keys=[], host_keys_file=path)) == (
        RIGHT,
        f"{RIGHT} the next",
    )


@pytest.mark.parametrize("text", [None, "", "nonsense"])
def test_without_a_host_key_that_can_be_read_nothing_starts(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "keys"
    if text is not None:
        path.write_text(text)
    with pytest.raises(settled.CannotStart, match=r"council\.sftp\.a: the server's host key"):
        fetching_files.host_keys("a", wanted(host_keys=[], host_keys_file=path))
