"""Files of JSON lines: whole ones only, each line kept once, refusals reported beside the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ascbridge.intake import profiles
from ascbridge.intake.file_drop import FileDrop
from ascbridge.intake.inbox import Arrival
from ascbridge.intake.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.intake.conftest import Intake

LINE = {
    "id": "F1", "recorded": "2026-10-05T09:00:00Z", "fact": "known", "known": True,
    "person": {"council_id": "C100", "nhs_number": "9993000019", "number_status": "01",
               "family_name": "Marlowe", "given_names": ["Ada"], "birth_date": "1941-03-07", "gender": "female"},
}  # fmt: skip


@pytest.fixture
def council(open_intake: Callable[..., Intake]) -> Intake:
    return open_intake(profiles.read("council-facts"))


def drop(council: Intake, folder: Path, **more: float) -> FileDrop:
    async def keep(arrivals: Sequence[Arrival]) -> list[list[Kept]]:
        return council.desk.keep_in_files(council.keys, council.kept, arrivals)

    return FileDrop(folder, keep, **more)


def write(folder: Path, *lines: object, name: str = "facts.jsonl") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


async def test_each_line_is_kept_and_the_file_moves_away(council: Intake, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    path = write(folder, LINE, "", LINE | {"id": "F2"})
    assert await drop(council, folder).take(path) == 0
    assert council.counts() == {"received": 2, "kept": 2}
    assert not path.exists()
    assert (folder / "done" / "facts.jsonl").exists()
    assert not (folder / "done" / "facts.rejected.jsonl").exists()


async def test_a_refused_line_is_reported_by_number_without_its_content(
    council: Intake, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    refused = await drop(council, folder).take(
        write(folder, LINE, "{not json", LINE | {"id": "F2", "fact": "x"})
    )
    report = (folder / "done" / "facts.rejected.jsonl").read_text()
    assert refused == 2
    assert [json.loads(line)["line"] for line in report.splitlines()] == [2, 3]
    assert "Marlowe" not in report
    assert council.counts() == {"received": 3, "kept": 1, "refused": 2}


async def test_a_file_that_comes_again_changes_nothing(council: Intake, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for _ in range(2):
        await drop(council, folder).take(write(folder, LINE))
    assert council.counts() == {"received": 2, "kept": 1, "duplicate": 1}


async def test_a_file_that_cannot_be_taken_is_told_and_stops_no_other(
    council: Intake, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "bad.jsonl").mkdir()  # nobody's file: as one that may not be read
    write(folder, LINE, name="good.jsonl")
    watch = drop(council, folder, try_again_s=0)
    await watch.look()
    assert council.counts() == {"received": 1, "kept": 1}
    assert watch.trouble.startswith("bad.jsonl: IsADirectoryError")
    (folder / "bad.jsonl").rmdir()
    write(folder, LINE | {"id": "F2"}, name="bad.jsonl")
    await watch.look()
    assert watch.trouble == ""
    assert council.counts() == {"received": 2, "kept": 2}


async def test_what_cannot_be_kept_stays_until_it_can_and_is_not_tried_all_the_time(tmp_path: Path) -> None:
    folder, tries = tmp_path / "in", 0
    path = write(folder, LINE)

    async def keep(_arrivals: Sequence[Arrival]) -> list[list[Kept]]:
        nonlocal tries
        tries += 1
        raise OSError("no space left")

    watch = FileDrop(folder, keep)
    for _ in range(3):
        await watch.look()
    assert (tries, path.exists()) == (1, True)
    assert "no space left" in watch.trouble
