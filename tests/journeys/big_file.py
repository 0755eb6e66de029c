"""Takes one big file in a process of its own, and prints what that took: `python -m tests.journeys.big_file HOW MB`.

A small file of the same kind goes first, so that all is loaded; what more memory the big one needs is the answer. Of
twenty lines twelve are refused, seven were kept before, and one is new.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import resource
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ascbridge.clock import Clock
from ascbridge.events.logs.sealing import Keyring
from ascbridge.intake.agreed import profiles
from ascbridge.intake.doors.fetched import FetchedFiles
from ascbridge.intake.doors.file_drop import FileDrop
from ascbridge.intake.keeping.inbox import Doorkeeper
from ascbridge.intake.keeping.intake_desk import IntakeDesk
from ascbridge.intake.rows.landing import Landing
from ascbridge.intake.rows.putting_away import manifest_of
from ascbridge.people.data_keys import DataKeys
from ascbridge.storage import migration
from ascbridge.storage.alone import AlwaysMine
from ascbridge.storage.database import SqliteDatabase
from tests.intake.doors.test_file_drop import LINE
from tests.intake.rows.test_csv_rows import ROW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ascbridge.intake.keeping.inbox import Arrival
    from ascbridge.intake.keeping.kept import Kept

PADDING = "x" * 2_000
BEFORE, REFUSED, OF = 7, 12, 20


def json_lines(first: int) -> Iterator[str]:
    number = first
    while True:
        for place in range(OF):
            if place < REFUSED:
                yield json.dumps(LINE | {"fact": "nonsense", "padding": PADDING}) + "\n"
            else:
                number += place == OF - 1
                said = f"N{number}" if place == OF - 1 else f"K{place}"
                yield json.dumps(LINE | {"id": said, "padding": PADDING}) + "\n"


def rows(first: int) -> Iterator[str]:
    yield ",".join([*ROW, "Notes"]) + "\r\n"
    number = first
    while True:
        for place in range(OF):
            number += place == OF - 1
            changed = {"Status": "nonsense"} if place < REFUSED else {"Service ID": f"S{place}"}
            if place == OF - 1:
                changed = {"Service ID": f"N{number}"}
            yield ",".join([*(ROW | changed).values(), PADDING]) + "\r\n"


def write(path: Path, size: int, first: int) -> int:
    """Write a file of about so many bytes and its manifest; return how many lines it has."""
    digest, written, lines = hashlib.sha256(), 0, 0
    with path.open("wb") as file:
        for line in rows(first) if path.suffix == ".csv" else json_lines(first):
            if written >= size:
                break
            raw = line.encode()
            file.write(raw)
            digest.update(raw)
            written += len(raw)
            lines += 1
    manifest_of(path).write_text(f"{digest.hexdigest()}  {path.name}\n")
    return lines - (path.suffix == ".csv")


class Taking:
    """A file drop with a real desk and real files behind it, and where asked a remote folder before it."""

    def __init__(self, folder: Path, how: str) -> None:
        data = folder / "data"
        data.mkdir()
        migration.upgrade_sqlite(data)
        self.how, self.inbox, self.server = how, folder / "in", folder / "remote"
        self.inbox.mkdir()
        self.profile = profiles.read("council-extract")
        keyring, self.clock = Keyring(bytes(range(32))), Clock.system()
        self.keys, self.kept = SqliteDatabase(data / "keys.db"), SqliteDatabase(data / "kept.db")
        for database in (
            self.keys,
            self.kept,
        ):  # else the cache, which has a bound of 32 MB, hides what we need
            database.write_now(lambda c: c.exec_driver_sql("PRAGMA cache_size=-4096"))
        self.desk = IntakeDesk(
            Doorkeeper(self.profile, keyring), keyring=keyring, data_keys=DataKeys(keyring), clock=self.clock,
            resend_window_hours=72, wake=lambda: None,
        )  # fmt: skip
        self.fetched = FetchedFiles("big", self.kept, self.clock)

    async def keep(self, arrivals: Sequence[Arrival]) -> list[list[Kept]]:
        return self.desk.keep_in_files(self.keys, self.kept, arrivals)

    async def take(self, name: str, size: int, first: int) -> dict[str, object]:
        """Write a file, take it, and return its receipt with the lines that were written."""
        if self.how == "sftp":
            lines = await self._by_sftp(name, size, first)
        else:
            lines = write(self.inbox / name, size, first)
            await self._drop()
        said = json.loads((self.inbox / "done" / f"{name}.receipt.json").read_text())
        with (self.inbox / "done" / f"{name}.rejected.jsonl").open("rb") as file:
            said["reported"] = sum(1 for _ in file)
        return said | {"written": lines}

    async def _drop(self, pull: object = None) -> None:
        heard = {} if pull is None else {"taken": pull.note}  # type: ignore[attr-defined]
        files = self.profile.files.model_copy(update={"manifest": "required"})
        drop = FileDrop(self.inbox, self.keep, files=files, **heard)
        await drop.look()
        assert drop.trouble == "", drop.trouble

    async def _by_sftp(self, name: str, size: int, first: int) -> int:
        from ascbridge.intake.doors.sftp_pull import PullTerms, SftpPull
        from tests.intake.doors.test_sftp_remote import account
        from tests.servers.sftp import serving

        async with serving(self.server.parent) as server:
            lines = write(self.server / name, size, first)
            terms = PullTerms(
                folder="/", pattern=name, whole="manifest", afterwards="delete", moved_to="", reports="/reports",
                max_bytes=1 << 40, look_every_s=1, waits_too_long_s=3600,
            )  # fmt: skip
            pull = SftpPull(
                "big", account(server), terms, landing=Landing(self.inbox, leave_free=0), fetched=self.fetched,
                turn=AlwaysMine(),
            )  # fmt: skip
            await pull.look()
            assert pull.trouble == "", pull.trouble
            await self._drop(pull)
            await pull.look()
            assert pull.trouble == "", pull.trouble
            assert (self.server / "reports" / f"{name}.receipt.json").exists()
            assert not (self.server / name).exists()
        return lines


def most_mb() -> float:
    """The most memory that this process had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def main(how: str, megabytes: int) -> dict[str, object]:
    suffix = "csv" if how == "csv" else "jsonl"
    with tempfile.TemporaryDirectory(prefix="ascbridge-big-file-") as folder:
        taking = Taking(Path(folder), how)
        try:
            await taking.take(f"packages-small.{suffix}", 40_000_000, 0)
            before = most_mb()
            receipt = await taking.take(f"packages-big.{suffix}", megabytes * 1_000_000, 1_000_000)
        finally:
            await taking.kept.close()
            await taking.keys.close()
    return receipt | {"before_mb": before, "after_mb": most_mb()}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], int(sys.argv[2])))))
