"""Files of JSON lines: whole ones only, each line kept once, refusals reported beside the file."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from ascbridge.intake.agreed import profiles
from ascbridge.intake.doors.file_drop import FEWEST_AT_ONCE, FileDrop, _next_part
from ascbridge.intake.keeping.extract_faults import FEWEST
from ascbridge.intake.keeping.inbox import Arrival
from ascbridge.intake.keeping.kept import Kept
from ascbridge.intake.sources.profile import FilesSection
from tests.intake.rows.test_csv_rows import ROW
from tests.intake.rows.test_file_lines import table

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


def drop(council: Intake, folder: Path, files: FilesSection | None = None, **more: float) -> FileDrop:
    async def keep(arrivals: Sequence[Arrival]) -> list[list[Kept]]:
        return council.desk.keep_in_files(council.keys, council.kept, arrivals)

    return FileDrop(folder, keep, files=files or FilesSection(), look_every_s=0.01, **more)


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
    assert not (folder / "done" / "facts.jsonl.rejected.jsonl").exists()


async def test_others_have_their_turn_between_parts_that_are_bounded_in_time(tmp_path: Path) -> None:
    sizes: list[int] = []
    turns = 0

    async def keep(arrivals: Sequence[Arrival]) -> list[list[Kept]]:
        sizes.append(len(arrivals))
        began = time.monotonic()
        while time.monotonic() - began < len(arrivals) / 2_000:  # half a millisecond a line, in the loop
            pass
        return [[Kept("kept", "m", b"")] for _ in arrivals]

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    hospital = asyncio.create_task(others())
    folder = tmp_path / "in"
    path = write(folder, *[LINE | {"id": f"F{n}"} for n in range(200)])
    await FileDrop(folder, keep, files=FilesSection()).take(path)
    hospital.cancel()
    assert sum(sizes) == 200
    assert max(sizes) <= 2 * FEWEST_AT_ONCE
    assert turns >= len(sizes)


@pytest.mark.parametrize(
    "at_once, held_up_s, then",
    [
        (20, 0.0, 40),
        (400, 0.001, 500),
        (500, 0.0, 500),
        (100, 0.005, 100),
        (100, 0.004, 125),
        (500, 0.1, 25),
        (100, 1.0, 20),
    ],
)
def test_as_many_lines_are_taken_at_once_as_hold_nobody_up(at_once: int, held_up_s: float, then: int) -> None:
    assert _next_part(at_once, held_up_s) == then


async def test_a_refused_line_is_reported_by_number_without_its_content(
    council: Intake, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    refused = await drop(council, folder).take(
        write(folder, LINE, "{not json", LINE | {"id": "F2", "fact": "x"})
    )
    report = (folder / "done" / "facts.jsonl.rejected.jsonl").read_text()
    assert refused == 2
    assert [json.loads(line)["line"] for line in report.splitlines()] == [2, 3]
    assert "Marlowe" not in report
    assert council.counts() == {"received": 3, "kept": 1, "refused": 2}


async def test_a_file_that_comes_again_changes_nothing(council: Intake, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for _ in range(2):
        await drop(council, folder).take(write(folder, LINE))
    assert council.counts() == {"received": 2, "kept": 1, "duplicate": 1}


def receipt(folder: Path, where: str, name: str) -> dict[str, object]:
    found = json.loads((folder / where / f"{name}.receipt.json").read_text())
    assert isinstance(found, dict)
    return found


async def test_a_file_of_rows_is_kept_row_by_row_with_a_receipt(
    open_intake: Callable[..., Intake], tmp_path: Path
) -> None:
    profile = profiles.read("council-extract")
    council, folder = open_intake(profile), tmp_path / "in"
    good, bad = dict(ROW), ROW | {"Status": "Paused"}
    text = table(good, bad, good | {"Person ID": ""}, good, ROW | {"Service ID": "S-2"})
    folder.mkdir()
    (folder / "packages-1.csv").write_text(
        text.replace("End\r", "End,Colour\r", 1).replace(",\r", ",,blue\r")
    )
    assert await drop(council, folder, profile.files).take(folder / "packages-1.csv") == 2
    rejected = (folder / "done" / "packages-1.csv.rejected.jsonl").read_text()
    assert [json.loads(line) for line in rejected.splitlines()] == [
        {"line": 3, "reason": "Status: a code that the profile does not list"},
        {"line": 4, "reason": "$.person.council_id: required member is missing"},
    ]
    assert receipt(folder, "done", "packages-1.csv") == {
        "file": "packages-1.csv", "lines": 5, "kept": 2, "duplicate": 1, "refused": 2, "new_columns": ["Colour"],
    }  # fmt: skip


async def test_a_file_whose_columns_changed_is_refused_whole_and_told(
    open_intake: Callable[..., Intake], tmp_path: Path
) -> None:
    profile = profiles.read("council-extract")
    council, folder = open_intake(profile), tmp_path / "in"
    folder.mkdir()
    (folder / "packages.csv").write_text(table(ROW).replace("Surname", "Family name"))
    await drop(council, folder, profile.files).take(folder / "packages.csv")
    assert receipt(folder, "refused", "packages.csv")["refused_because"] == "columns are missing: Surname"
    assert (folder / "refused" / "packages.csv").exists()
    assert council.counts() == {}


async def test_what_is_wrong_with_a_table_s_columns_is_told_with_each_file(
    open_intake: Callable[..., Intake], tmp_path: Path
) -> None:
    profile = profiles.read("council-extract")
    council, folder = open_intake(profile), tmp_path / "in"
    heard: list[tuple[str, str, int]] = []
    folder.mkdir()

    async def drifted(files: str, kind: str, n: int) -> None:
        heard.append((files, kind, n))

    taking = drop(council, folder, profile.files, drifted=drifted)  # type: ignore[arg-type]  # no number
    others = [ROW | {"Service ID": f"S-{n}", "Status": "Paused"} for n in range(FEWEST)]
    for number, text in enumerate(
        (
            table(ROW),
            table(*others, ROW),
            table(*others[1:], ROW),
            table(ROW).replace("Surname", "Family name"),
            table(ROW),
        )
    ):
        path = folder / f"packages-{number}.csv"
        path.write_text(text)
        await taking.take(path)
    assert len({files for files, _, _ in heard}) == 1
    assert [(kind, n) for _, kind, n in heard] == [
        ("", 0), ("unreadable", FEWEST), ("", 0), ("missing", 1), ("", 0)
    ]  # fmt: skip


async def test_a_file_in_another_encoding_than_agreed_is_refused_and_the_next_is_taken(
    open_intake: Callable[..., Intake], tmp_path: Path
) -> None:
    profile = profiles.read("council-extract")
    council, folder = open_intake(profile), tmp_path / "in"
    folder.mkdir()
    (folder / "packages-1.csv").write_text(table(ROW))
    (folder / "packages-2.csv").write_text(table(ROW), encoding="utf-16")
    await drop(council, folder, profile.files.model_copy(update={"encoding": "utf-16"})).look()
    assert "encoding" in str(receipt(folder, "refused", "packages-1.csv")["refused_because"])
    assert (folder / "done" / "packages-2.csv").exists()
    assert council.counts() == {"received": 1, "kept": 1}


@pytest.mark.parametrize("right", [True, False])
async def test_a_file_is_held_to_its_manifest(council: Intake, tmp_path: Path, right: object) -> None:
    folder = tmp_path / "in"
    path = write(folder, LINE)
    content = path.read_bytes() if right else b"something else"
    (folder / "facts.jsonl.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  facts.jsonl\n")
    await drop(council, folder).take(path)
    where = folder / ("done" if right else "refused")
    assert {one.name for one in where.iterdir()} == {
        "facts.jsonl", "facts.jsonl.sha256", "facts.jsonl.receipt.json",
    }  # fmt: skip
    assert council.counts() == ({"received": 1, "kept": 1} if right else {})


async def test_a_file_is_taken_when_it_is_whole_and_not_before(council: Intake, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    watching = drop(council, folder, FilesSection(manifest="required", settle_seconds=3600))
    path = write(folder, LINE)
    old = time.time() - 4000

    def whole() -> list[str]:
        return [one.name for one in watching._seen()[0]]

    os.utime(path, (old, old))
    assert whole() == []
    (folder / "facts.jsonl.sha256").write_text(hashlib.sha256(path.read_bytes()).hexdigest())
    assert whole() == ["facts.jsonl"]
    os.utime(path)
    assert whole() == []
    (folder / "facts.tmp").write_text("not whole")
    assert whole() == []


async def test_the_folder_is_watched_until_told_to_stop(council: Intake, tmp_path: Path) -> None:
    folder, stop = tmp_path / "in", asyncio.Event()
    running = asyncio.create_task(drop(council, folder).run(stop))
    write(folder, LINE, name="one.tmp").rename(folder / "one.jsonl")
    async with asyncio.timeout(120):
        while not (folder / "done" / "one.jsonl").exists():  # noqa: ASYNC110  # the file is another's to move
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert council.counts() == {"received": 1, "kept": 1}


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

    watch = FileDrop(folder, keep, files=FilesSection())
    for _ in range(3):
        await watch.look()
    assert (tries, path.exists()) == (1, True)
    assert "no space left" in watch.trouble


@pytest.mark.parametrize("how", ["replaced", "grown"])
async def test_a_file_that_is_replaced_while_it_is_read_is_read_too(
    council: Intake, tmp_path: Path, how: str
) -> None:
    folder = tmp_path / "in"
    path = write(folder, LINE)
    again = [True]

    async def keep(arrivals: Sequence[Arrival]) -> list[list[Kept]]:
        if again and again.pop():
            if how == "replaced":
                write(folder, LINE | {"id": "F2"}, name="next.tmp").replace(path)
            else:
                with path.open("a") as file:
                    file.write(json.dumps(LINE | {"id": "F2"}) + "\n")
        return council.desk.keep_in_files(council.keys, council.kept, arrivals)

    watching = FileDrop(folder, keep, files=FilesSection())
    await watching.look()
    assert path.exists(), "nobody has read all of it yet"
    await watching.look()
    assert not path.exists()
    assert council.counts()["kept"] == 2
    assert {one.name for one in (folder / "done").iterdir()} == {"facts.jsonl", "facts.jsonl.receipt.json"}


async def test_the_same_facts_by_two_names_again_and_again_have_one_effect(
    council: Intake, tmp_path: Path
) -> None:
    folder, facts = tmp_path / "in", [LINE | {"id": f"F{number}"} for number in range(700)]
    times = [6]

    async def keep(arrivals: Sequence[Arrival]) -> list[list[Kept]]:
        if times[0]:  # while one is being read the next comes, by the same name and by another
            times[0] -= 1
            for name in ("a.jsonl", "b.jsonl"):
                write(folder, *facts, name="next.tmp").replace(folder / name)
        return council.desk.keep_in_files(council.keys, council.kept, arrivals)

    write(folder, *facts, name="a.jsonl")
    watching = FileDrop(folder, keep, files=FilesSection())
    async with asyncio.timeout(60):
        while any(folder.glob("*.jsonl")):
            await watching.look()
    assert council.counts()["kept"] == len(facts)
    assert council.counts()["duplicate"] == council.counts()["received"] - len(facts)
    assert len(council.rows()) == len(facts)
    assert watching.trouble == ""


async def test_a_file_that_waits_for_too_long_is_told(council: Intake, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder, LINE)
    write(folder, "0" * 64, name="gone.csv.sha256")
    watching = drop(council, folder, FilesSection(manifest="required"), waits_too_long_s=0)
    await watching.look()
    assert watching.trouble == (
        "facts.jsonl: has waited for more than 0 hours for its manifest, or to be left alone by its sender; "
        "gone.csv.sha256: has waited for more than 0 hours for the file that it is of"
    )
