"""Files are fetched from a real SFTP server into the folder of a real file drop: whole, once, and from nobody else."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import asyncssh
import pytest

from ascbridge.intake.agreed import profiles
from ascbridge.intake.doors.fetched import FetchedFiles
from ascbridge.intake.doors.file_drop import FileDrop
from ascbridge.intake.doors.sftp_pull import PullTerms, SftpPull
from ascbridge.intake.rows.landing import PARTS, Landing
from ascbridge.intake.sources.profile import FilesSection
from ascbridge.storage.alone import AlwaysMine
from tests.intake.doors.test_file_drop import LINE
from tests.intake.doors.test_sftp_remote import account
from tests.servers.sftp import SftpServer, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from ascbridge.intake.keeping.inbox import Arrival
    from ascbridge.intake.keeping.kept import Kept
    from tests.intake.conftest import Intake

TERMS = PullTerms(
    folder="/out", pattern="*.jsonl", whole="renamed", afterwards="leave", moved_to="/old", reports="",
    max_bytes=50_000_000, look_every_s=0.01, waits_too_long_s=3600,
)  # fmt: skip


class _Turn(AlwaysMine):
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def mine(self) -> bool:
        return self._scene.yes


@dataclass
class Scene:
    """A server, our folder, and both ends of the way between."""

    server: SftpServer
    council: Intake
    folder: Path
    yes: bool = True

    @property
    def there(self) -> Path:
        return self.server.root / "out"

    def pull(self, **changed: object) -> SftpPull:
        given = changed.pop("account", None) or account(self.server)
        leave_free = changed.pop("leave_free", 0)
        return SftpPull(
            "council-a", given, replace(TERMS, **changed),
            landing=Landing(self.folder, leave_free=leave_free, piece=100_000),
            fetched=FetchedFiles("council-a", self.council.kept, self.council.clock), turn=_Turn(self),
        )  # fmt: skip

    async def take(self, pull: SftpPull, **files: object) -> None:
        """Let the file drop take what landed."""

        async def keep(arrivals: Sequence[Arrival]) -> list[list[Kept]]:
            return self.council.desk.keep_in_files(self.council.keys, self.council.kept, arrivals)

        drop = FileDrop(self.folder, keep, files=FilesSection(**files), taken=pull.note)
        await drop.look()
        assert drop.trouble == ""

    def landed(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if path.is_file())

    def write(self, name: str, *ids: str, modified: int = 1_700_000_000) -> Path:
        path = self.there / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(LINE | {"id": one}) + "\n" for one in ids))
        os.utime(path, (modified, modified))
        return path


@pytest.fixture
async def scene(open_intake: Callable[..., Intake], tmp_path: Path) -> AsyncIterator[Scene]:
    async with serving(tmp_path) as server:
        (server.root / "out").mkdir()
        folder = tmp_path / "in"
        folder.mkdir()
        yield Scene(server, open_intake(profiles.read("council-facts")), folder)


async def test_a_file_is_fetched_and_taken_once_however_often_we_look(scene: Scene) -> None:
    scene.write("a.jsonl", "F1", "F2")
    pull = scene.pull()
    for _ in range(3):
        await pull.look()
        await scene.take(pull)
    assert pull.trouble == ""
    assert scene.council.counts() == {"received": 2, "kept": 2}
    assert scene.server.opened == {"/out/a.jsonl": 1}
    assert (scene.folder / "done" / "a.jsonl").exists()
    again = scene.pull()  # after a restart
    await again.look()
    assert scene.server.opened == {"/out/a.jsonl": 1}
    assert (scene.there / "a.jsonl").exists()


async def test_a_changed_file_of_the_same_name_is_a_new_file(scene: Scene) -> None:
    pull = scene.pull()
    for number in (1, 2):
        scene.write("a.jsonl", f"F{number}", modified=1_700_000_000 + number)
        await pull.look()
        await scene.take(pull)
    assert scene.council.counts() == {"received": 2, "kept": 2}
    done = scene.folder / "done"
    assert json.loads((done / "a.jsonl").read_text())["id"] == "F1"
    assert json.loads((done / "a.2.jsonl").read_text())["id"] == "F2"


async def test_the_next_version_waits_until_the_one_before_is_taken(scene: Scene) -> None:
    pull = scene.pull()
    scene.write("a.jsonl", "F1")
    await pull.look()
    scene.write("a.jsonl", "F2", modified=1_700_000_002)
    await pull.look()
    assert "not taken yet" in pull.trouble
    await scene.take(pull)
    await pull.look()
    await scene.take(pull)
    assert pull.trouble == ""
    assert scene.council.counts() == {"received": 2, "kept": 2}


async def test_a_file_that_still_grows_is_left_until_it_stands_still_over_two_looks(scene: Scene) -> None:
    pull = scene.pull(whole="still")
    for number in (1, 2, 3):
        scene.write("a.jsonl", *("F1", "F2", "F3")[:number], modified=1_700_000_000 + number)
        await pull.look()
        assert scene.landed() == []
    await pull.look()
    assert scene.landed() == ["a.jsonl"]


async def test_a_file_with_a_manifest_is_fetched_when_its_own_is_there(scene: Scene) -> None:
    pull = scene.pull(whole="manifest")
    path = scene.write("a.jsonl", "F1", modified=1_700_000_010)
    manifest = scene.there / "a.jsonl.sha256"
    await pull.look()
    assert scene.landed() == []
    manifest.write_text("of the file before it")
    os.utime(manifest, (1_700_000_009, 1_700_000_009))
    await pull.look()
    assert scene.landed() == []
    manifest.write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  a.jsonl\n")
    await pull.look()
    assert scene.landed() == ["a.jsonl", "a.jsonl.sha256"]
    await scene.take(pull, manifest="required")
    assert scene.council.counts() == {"received": 1, "kept": 1}


async def test_a_file_that_is_not_what_its_manifest_says_is_refused_with_a_receipt(scene: Scene) -> None:
    pull = scene.pull(whole="manifest", reports="/reports")
    scene.write("a.jsonl", "F1")
    (scene.there / "a.jsonl.sha256").write_text("0" * 64)
    await pull.look()
    await scene.take(pull)
    await pull.look()
    receipt = json.loads((scene.server.root / "reports" / "a.jsonl.receipt.json").read_text())
    assert receipt["refused_because"] == "the file is not the one that its manifest is of"
    assert scene.council.counts() == {}


def big(scene: Scene, lines: int = 10_000) -> Path:
    return scene.write("big.jsonl", *(f"F{number}" for number in range(lines)))


async def test_a_broken_transfer_is_gone_on_with_where_it_broke(scene: Scene) -> None:
    path = big(scene)
    assert path.stat().st_size > 2_000_000
    scene.server.breaks_after = 1_500_000
    pull = scene.pull()
    await pull.look()
    assert "broke" in pull.trouble
    assert scene.landed() == []
    scene.server.offsets.clear()
    await pull.look()
    assert pull.trouble == ""
    assert scene.server.offsets[0] >= 900_000
    assert (scene.folder / "big.jsonl").read_bytes() == path.read_bytes()


async def test_a_file_that_changed_since_the_break_is_fetched_anew(scene: Scene) -> None:
    big(scene)
    scene.server.breaks_after = 1_500_000
    pull = scene.pull()
    await pull.look()
    path = scene.write("big.jsonl", *(f"G{number}" for number in range(10_000)), modified=1_700_000_005)
    scene.server.offsets.clear()
    await pull.look()
    assert scene.server.offsets[0] == 0
    assert (scene.folder / "big.jsonl").read_bytes() == path.read_bytes()


async def test_a_part_that_went_bad_on_our_disk_is_found_by_the_manifest_and_fetched_anew(
    scene: Scene,
) -> None:
    path = big(scene)
    (scene.there / "big.jsonl.sha256").write_text(hashlib.sha256(path.read_bytes()).hexdigest())
    scene.server.breaks_after = 1_500_000
    pull = scene.pull()
    await pull.look()
    (part,) = (scene.folder / PARTS).glob("*.part")
    with part.open("r+b") as file:
        file.write(b"\0" * 1000)
    await pull.look()
    assert "fetched anew" in pull.trouble
    await pull.look()
    assert pull.trouble == ""
    assert (scene.folder / "big.jsonl").read_bytes() == path.read_bytes()


async def test_a_stop_in_the_middle_leaves_nothing_half_and_the_next_start_goes_on(scene: Scene) -> None:
    path = big(scene, 40_000)
    stop = asyncio.Event()
    running = asyncio.create_task(scene.pull().run(stop))
    async with asyncio.timeout(60):
        while not any(part.stat().st_size for part in scene.folder.glob(f"{PARTS}/*")):
            assert not running.done()
            await asyncio.sleep(0.001)
        stop.set()
        await running
    pull = scene.pull()
    await pull.look()
    assert (scene.folder / "big.jsonl").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("afterwards", ["move", "delete"])
async def test_a_file_is_moved_or_removed_there_only_after_it_was_kept_here(
    scene: Scene, afterwards: str
) -> None:
    pull = scene.pull(afterwards=afterwards)
    path = scene.write("a.jsonl", "F1")
    (scene.there / "a.jsonl.sha256").write_text(hashlib.sha256(path.read_bytes()).hexdigest())
    await pull.look()
    await pull.look()
    assert path.exists(), "it landed, and nobody kept it yet"
    await scene.take(pull)
    assert path.exists()
    await pull.look()
    assert list(scene.there.iterdir()) == []
    old = scene.server.root / "old"
    moved = sorted(one.name for one in old.iterdir()) if old.exists() else []
    assert moved == (["a.jsonl", "a.jsonl.sha256"] if afterwards == "move" else [])
    scene.write("a.jsonl", "F1")  # exactly as the first
    await pull.look()
    await scene.take(pull)
    await pull.look()
    assert scene.council.counts() == {"received": 2, "kept": 1, "duplicate": 1}
    assert not path.exists()


async def test_a_file_that_changed_after_it_was_fetched_is_not_removed_but_fetched(scene: Scene) -> None:
    pull = scene.pull(afterwards="delete")
    scene.write("a.jsonl", "F1")
    await pull.look()
    await scene.take(pull)
    path = scene.write("a.jsonl", "F2", modified=1_700_000_007)
    await pull.look()
    assert path.exists()
    await scene.take(pull)
    await pull.look()
    assert not path.exists()
    assert scene.council.counts() == {"received": 2, "kept": 2}


async def test_a_move_whose_answer_got_lost_is_not_done_twice(scene: Scene) -> None:
    pull = scene.pull(afterwards="move")
    scene.write("a.jsonl", "F1")
    await pull.look()
    await scene.take(pull)
    scene.server.breaks_next = "rename"
    await pull.look()
    assert "broke" in pull.trouble
    await pull.look()
    assert pull.trouble == ""
    assert [one.name for one in (scene.server.root / "old").iterdir()] == ["a.jsonl"]
    assert scene.server.opened == {"/out/a.jsonl": 1}


async def test_a_file_that_landed_and_was_lost_before_it_was_kept_is_fetched_again(scene: Scene) -> None:
    pull = scene.pull(afterwards="delete")
    path = scene.write("a.jsonl", "F1")
    await pull.look()
    (scene.folder / "a.jsonl").unlink()
    await pull.look()
    assert path.exists()
    assert scene.landed() == ["a.jsonl"]


async def test_what_came_of_a_file_is_written_back_to_its_sender(scene: Scene) -> None:
    pull = scene.pull(reports="/reports", afterwards="move")
    path = scene.write("a.jsonl", "F1")
    path.write_text(path.read_text() + "{not json\n")
    await pull.look()
    await scene.take(pull)
    await pull.look()
    reports = scene.server.root / "reports"
    assert sorted(one.name for one in reports.iterdir()) == ["a.jsonl.receipt.json", "a.jsonl.rejected.jsonl"]
    receipt = json.loads((reports / "a.jsonl.receipt.json").read_text())
    assert receipt == {"file": "a.jsonl", "lines": 2, "kept": 1, "duplicate": 0, "refused": 1}
    assert [
        json.loads(one)["line"] for one in (reports / "a.jsonl.rejected.jsonl").read_text().splitlines()
    ] == [2]


async def test_reports_that_cannot_be_written_are_told_and_sent_later(scene: Scene) -> None:
    (scene.server.root / "reports").write_text("a file where the folder should be")
    pull = scene.pull(reports="/reports", afterwards="delete")
    path = scene.write("a.jsonl", "F1")
    await pull.look()
    await scene.take(pull)
    await pull.look()
    assert "a.jsonl" in pull.trouble
    assert path.exists()
    (scene.server.root / "reports").unlink()
    await pull.look()
    assert pull.trouble == ""
    assert (scene.server.root / "reports" / "a.jsonl.receipt.json").exists()
    assert not path.exists()


async def test_a_wrong_host_key_is_told_and_nothing_is_fetched(scene: Scene) -> None:
    scene.write("a.jsonl", "F1")
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    pull = scene.pull(account=account(scene.server, host_keys=(other,)))
    assert pull.trouble == "has not looked yet"
    for _ in range(2):
        await pull.look()
        assert "host key is none of those that are pinned" in pull.trouble
    assert scene.server.logins == 0
    assert scene.landed() == []


@pytest.mark.parametrize("name, said", [("x\n.jsonl", "lead out"), ("é" * 100 + ".jsonl", "longer than")])
async def test_a_name_that_cannot_be_one_here_is_told_and_stops_no_other(
    scene: Scene, name: str, said: str
) -> None:
    scene.write(name, "F1")
    scene.write("a.jsonl", "F2")
    pull = scene.pull()
    await pull.look()
    assert said in pull.trouble
    assert "\n" not in pull.trouble
    assert scene.landed() == ["a.jsonl"]


async def test_names_that_a_lying_server_makes_up_never_leave_the_folder(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tests.servers import sftp

    async def lies(_self: object, _path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        for name in (b"../../escaped.jsonl", b"/tmp/escaped.jsonl", b"..", b"done/escaped.jsonl"):
            yield asyncssh.SFTPName(
                name, attrs=asyncssh.SFTPAttrs(size=5, permissions=0o100644, atime=1, mtime=1)
            )

    monkeypatch.setattr(sftp._Files, "scandir", lies)
    pull = scene.pull(pattern="*")
    await pull.look()
    assert pull.trouble.count("lead out") == 4
    assert [name for _, _, names in os.walk(tmp_path) for name in names if "escaped" in name] == []
    assert not scene.server.opened


async def test_a_file_that_is_too_big_or_would_fill_the_disk_is_told_and_not_fetched(scene: Scene) -> None:
    scene.write("a.jsonl", "F1")
    scene.write("b.jsonl", *"123456789")
    pull = scene.pull(max_bytes=1_000)
    await pull.look()
    assert scene.landed() == ["a.jsonl"]
    assert pull.trouble.startswith("b.jsonl:")
    full = scene.pull(leave_free=1 << 60)
    await full.look()
    assert "bytes free" in full.trouble
    assert scene.landed() == ["a.jsonl"]


async def test_a_file_that_never_becomes_whole_is_told(scene: Scene) -> None:
    scene.write("a.jsonl", "F1")
    pull = scene.pull(whole="manifest", waits_too_long_s=0)
    await pull.look()
    assert "a.jsonl: has waited for more than 0 hours to become whole" in pull.trouble


async def test_whoever_is_not_the_one_to_fetch_fetches_nothing_and_is_well(scene: Scene) -> None:
    scene.write("a.jsonl", "F1")
    scene.yes = False
    pull = scene.pull()
    await pull.look()
    assert pull.trouble == ""
    assert scene.server.logins == 0


async def test_a_server_that_comes_back_is_found_again(scene: Scene, tmp_path: Path) -> None:
    async with serving(tmp_path / "other") as gone:
        pass
    pull = scene.pull(account=account(gone))
    await pull.look()
    assert "cannot be reached" in pull.trouble
    scene.write("a.jsonl", "F1")
    stop = asyncio.Event()
    pull._account = account(scene.server)
    running = asyncio.create_task(pull.run(stop))
    async with asyncio.timeout(60):
        while scene.landed() != ["a.jsonl"]:
            assert not running.done()
            await asyncio.sleep(0.01)
    stop.set()
    await running
