"""What senders do to themselves, and somebody must hear of: messages that they number and lose, an extract that changed.

Each is struck and mended as `alarms` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.intake.sources.profile import text_hash
from tests.faults.hospital import Sent
from tests.faults.runbook import ROOT
from tests.intake.messages import adt

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.alarm_room import Room

HOUR_MS, MINUTE_MS = 3_600_000, 60_000
KNOWN, AFTER, LOST = 230, 30, 3
"""So many numbers run on before any is lost, so many messages come after those that are, and so many are lost."""


def numbered(first: int, n: int) -> list[Sent]:
    """Messages with numbers that run on (MSH-13), from a sender whose control ids do not."""
    return [
        Sent(
            f"N{number * 7 + 100_000}X",
            adt(
                "A29", control_id=f"N{number * 7 + 100_000}X", local_id=f"LN{number:04d}", visit="", nhs_number="",
                msh={13: str(number)},
            ),
            "no effect",
        )
        for number in range(first, first + n)
    ]  # fmt: skip


async def all_is_sent(room: Room) -> None:
    async def holds() -> bool:
        return all(one.answers for one in room.plan.sent)

    await room.until(holds, "all is sent", 600)


async def some_are_lost(room: Room) -> None:
    """All else is sent; then a run of numbered messages, three that never come, and more; then six minutes pass."""
    await all_is_sent(room)
    before, after = numbered(1, KNOWN), numbered(1 + KNOWN + LOST, AFTER)
    last = numbered(1 + KNOWN + LOST + AFTER, 1)
    room.kept["lost"] = numbered(1 + KNOWN, LOST)
    for some in (before, after, last):
        room.plan.lines.append(some)
    await room.send([*before, after[0]])
    room.struck_ms = room.now_ms()
    await room.send(after[1:])
    room.set_clock(room.now_ms() + 6 * MINUTE_MS)
    await room.scene.sign_in()
    await room.send(last)


async def numbers_are_listed(room: Room) -> None:
    found = await room.get("/api/operations/numbers-that-never-came")
    assert [one["n"] for one in found] == [LOST], found
    assert [found[0]["first_id"], found[0]["last_id"]] == [f"MSH-13 {KNOWN + 1}", f"MSH-13 {KNOWN + LOST}"], (
        found
    )


async def they_are_sent(room: Room) -> None:
    room.plan.lines.append(room.kept["lost"])
    await room.send(room.kept["lost"])


async def two_hours_pass(room: Room) -> None:
    room.set_clock(room.now_ms() + 2 * HOUR_MS + MINUTE_MS)
    await room.scene.sign_in()


# -- an extract

EXTRACT = ROOT / "src/ascbridge/intake/sources/profiles/council-extract.toml"
FOLDER, EXTRACT_FEED, ROWS, GONE = "extracts", "council-extract", 12, "Status"
COLUMNS = "Extracted,Person ID,NHS Number,NHS Status,Surname,Forenames,DOB,Gender,Service ID,Service,Status,Start,End"


def with_extract(folder: Path) -> dict[str, str]:
    """Have a folder of CSV files read by the example profile, signed."""
    body = EXTRACT.read_text("utf-8")
    signed = (
        f'[signed_off]\nby = "the tests"\non = "2026-11-22"\nsha256 = "{text_hash(body + "[signed_off]")}"\n'
    )
    path = folder / "extract.toml"
    path.write_text(body + signed, "utf-8")
    (folder / FOLDER).mkdir()
    where = "ASCBRIDGE_COUNCIL__FOLDERS__EXTRACTS__"
    return {f"{where}FOLDER": str(folder / FOLDER), f"{where}PROFILE": str(path)}


def dropped(room: Room, name: str, without: str = "") -> None:
    """Write a file as the case system does, with a column left out: whole, and only then under its name."""
    rows = [
        f"02/07/2026 06:00:00,C07{number:05d},,Verified,INVENTED,ADA,07/03/1941,F,S-{number},Home support,Open,01/06/2025,"
        for number in range(ROWS)
    ]
    at = COLUMNS.split(",").index(without) if without else -1
    cells = [line.split(",") for line in (COLUMNS, *rows)]
    text = "\n".join(",".join(one for n, one in enumerate(line) if n != at) for line in cells) + "\n"
    path = room.scene.bridge.folder / FOLDER / name
    path.with_suffix(".tmp").write_text(text, "windows-1252")
    path.with_suffix(".tmp").rename(path)


async def extract_changes(room: Room) -> None:
    dropped(room, "packages-1.csv", GONE)


async def reasons_are_told(room: Room) -> None:
    told = [one.read_text("utf-8") for one in (room.scene.bridge.folder / FOLDER).rglob("*.json")]
    assert any("columns are missing" in one and GONE in one for one in told), told


async def extract_comes_again(room: Room) -> None:
    """With every column, and each row is kept and counted."""
    dropped(room, "packages-2.csv")

    async def is_kept() -> bool:
        rows = await room.get("/api/operations/ledger")
        return any(one["feed"] == EXTRACT_FEED and one["kept"] == ROWS and one["adds_up"] for one in rows)

    await room.until(is_kept, "each row of the file is kept, and the feed's ledger adds up")
