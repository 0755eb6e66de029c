"""Files of concerns: each line once, the file gone, and a receipt that quotes nothing."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from ascbridge.safeguarding import concern_files
from ascbridge.safeguarding.concern_files import ConcernFolder
from tests.safeguarding.behind import Behind, said

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def line(id: str, **more: Any) -> str:
    return json.dumps({"id": id, "concern": said(**more).model_dump(mode="json")})


def taken(behind: Behind) -> list[str]:
    return sorted(one.stood.said.account for one in behind.lists()["to-decide"])


async def test_each_line_is_one_concern_and_the_file_leaves_a_receipt(behind: Behind, tmp_path: Path) -> None:
    folder = ConcernFolder(behind.vault, tmp_path)
    bad = json.dumps({"id": "3", "concern": said(origin="moon").model_dump(mode="json")})
    text = "\n".join([line("1", account="First"), "", line("2", account="Second"), bad, "{QUETZAL"])
    (tmp_path / "a.jsonl").write_text(text)
    await folder.look()
    assert taken(behind) == ["First", "Second"]
    assert not (tmp_path / "a.jsonl").exists()
    receipt = (tmp_path / "a.receipt.json").read_text()
    assert json.loads(receipt) == {
        "lines": 4, "taken": 2,
        "refused": [{"line": 3, "fields": ["origin"]}, {"line": 4, "fields": ["line"]}],
    }  # fmt: skip
    assert "QUETZAL" not in receipt
    assert "Bruises" not in receipt


async def test_sent_again_it_is_the_same_concern(behind: Behind, tmp_path: Path) -> None:
    folder = ConcernFolder(behind.vault, tmp_path)
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(line("1", account=f"In {name}"))
        await folder.look()
    assert taken(behind) == ["In a"]


async def test_what_is_not_whole_yet_and_other_files_are_left(behind: Behind, tmp_path: Path) -> None:
    (tmp_path / "a.part").write_text(line("1"))
    await ConcernFolder(behind.vault, tmp_path).look()
    assert taken(behind) == []
    assert (tmp_path / "a.part").exists()


async def test_a_file_that_is_too_large_is_told_without_its_name(
    behind: Behind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concern_files, "LARGEST_BYTES", 10)
    (tmp_path / "EVANS.jsonl").write_text(line("1"))
    folder = ConcernFolder(behind.vault, tmp_path)
    await folder.look()
    assert "too large" in folder.trouble
    assert "EVANS" not in folder.trouble
    (tmp_path / "EVANS.jsonl").unlink()
    await folder.look()
    assert folder.trouble == ""


async def test_it_makes_its_folder_for_its_owner_alone_and_ends_when_told(
    behind: Behind, tmp_path: Path
) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(ConcernFolder(behind.vault, tmp_path / "in").run(stop))
    async with asyncio.timeout(60):
        while not (tmp_path / "in").exists():  # noqa: ASYNC110  # the folder tells nobody
            await asyncio.sleep(0.01)
    assert (tmp_path / "in").stat().st_mode & 0o777 == 0o700
    stop.set()
    await asyncio.wait_for(running, 60)
