"""Safeguarding sent to a feed that is not for it, by each way in: kept behind the wall, and nothing of it anywhere else.

Each test looks at every row of what the intake writes, every file of its folder, every figure and every line said.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import generate_latest

from ascbridge import telemetry
from ascbridge.intake.agreed import profiles
from ascbridge.intake.hl7v2.hl7_ack import parse_ack
from ascbridge.intake.hl7v2.mllp import FaultKind, FramingFault, frame
from ascbridge.intake.keeping.extract_faults import FEWEST
from ascbridge.intake.keeping.inbox import Arrival
from ascbridge.people.behind_wall import NotNowBehind
from ascbridge.storage.database import SqliteDatabase
from tests.intake.doors.test_file_drop import LINE, drop, write
from tests.intake.doors.test_history_drop import Bench
from tests.intake.doors.test_mllp_listener import HOST, PATIENCE_S, listening
from tests.intake.doors.test_webhook import fact
from tests.intake.doors.test_webhook import listening as posting
from tests.intake.messages import adt
from tests.intake.rows.test_csv_rows import ROW
from tests.intake.rows.test_file_lines import table
from tests.safeguarding.behind import Behind, Box, create_walled, said, vault_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.intake.conftest import Intake

EXTRACT = profiles.read("council-extract")
FLAG = "AL1|1||766561000000109^QUETZAL^SCT|||"
MEMBER = {"safeguarding": "QUETZAL"}
CONCERN = {"id": "F9", "concern": said(account="QUETZAL").model_dump(mode="json")}


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Behind]:
    (tmp_path / "wall").mkdir()
    database = SqliteDatabase(tmp_path / "wall" / "safeguarding.db")
    database.write_now(create_walled)
    yield Behind(vault_on(database), database.write_now)
    asyncio.run(database.close())


@pytest.fixture
def box(behind: Behind) -> Box:
    return Box(behind)


@pytest.fixture
def council(open_intake: Callable[..., Intake], box: Box) -> Intake:
    return open_intake(profiles.read("council-facts"), wall=box)


@pytest.fixture
def hospital(open_intake: Callable[..., Intake], box: Box) -> Intake:
    return open_intake(wall=box)


def accounts(behind: Behind) -> list[str]:
    return [one.stood.said.account for one in behind.lists()["to-decide"]]


def everything(intake: Intake, folder: Path) -> dict[str, Any]:
    """All that stands outside: rows with their bodies opened, files as they are, figures."""
    found: dict[str, Any] = {"bodies": [intake.opened(row) for row in intake.rows()]}
    for database in (intake.kept, intake.keys):
        with closing(sqlite3.connect(f"file:{database.path}?mode=ro", uri=True)) as raw:
            for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
                found[f"{database.path.name} {name}"] = raw.execute(f"SELECT * FROM {name}").fetchall()
    for path in sorted(folder.rglob("*")) if folder.exists() else ():
        if path.is_file():
            found[str(path.relative_to(folder))] = path.read_bytes()
    lines = generate_latest(telemetry.registry).decode().splitlines()
    found["figures"] = [line for line in lines if not line.startswith("#") and "_age_seconds" not in line]
    return found


def outside(intake: Intake, folder: Path) -> str:
    return repr(everything(intake, folder)).upper()


# -- at the door ---------------------------------------------------------------------------------------------------


def test_a_message_that_is_all_of_it_changes_no_row_and_no_figure(
    hospital: Intake, behind: Behind, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    hospital.take(adt("A01"))
    before = everything(hospital, tmp_path / "none")
    capfd.readouterr()
    (answer,) = hospital.take(adt("A01", control_id="T2", msh={9: "REF^I12"}, extra=(FLAG,)))
    assert parse_ack(answer[0]).code.value == "AA", "its sender need not send it again"
    assert everything(hospital, tmp_path / "none") == before
    assert capfd.readouterr() == ("", "")
    assert ["QUETZAL" in one for one in accounts(behind)] == [True]


def test_of_a_message_about_a_stay_too_the_stay_is_kept_as_if_it_had_come_alone(
    hospital: Intake, behind: Behind, tmp_path: Path
) -> None:
    hospital.take(adt("A01", extra=(FLAG,)))
    assert [hospital.opened(row) for row in hospital.rows()] == [adt("A01")]
    assert hospital.counts() == {"received": 1, "kept": 1}
    assert "QUETZAL" not in outside(hospital, tmp_path / "none")
    assert len(accounts(behind)) == 1
    hospital.take(adt("A08", control_id="T2", extra=(FLAG,)))
    assert len(accounts(behind)) == 1, "each message of the stay says it again"


def test_a_stay_that_cannot_be_read_is_refused_and_its_flag_is_kept_apart(
    hospital: Intake, behind: Behind, tmp_path: Path
) -> None:
    raw = adt("A01", occurred="20269999", extra=(FLAG,))
    (answer,) = hospital.take(raw)
    assert parse_ack(answer[0]).code.value == "AE"
    assert hospital.rows() == []
    assert len(accounts(behind)) == 1


def test_a_frame_that_is_none_leaves_nothing_either(hospital: Intake, behind: Behind) -> None:
    fault = FramingFault(FaultKind.OVERSIZE, 2_000_000, b"MSH|^~\\&|A|B\rNTE|1||safeguarding QUETZAL")
    hospital.keep([Arrival(fault.head, "", fault)])
    assert hospital.rows() == []
    assert ["QUETZAL" in one for one in accounts(behind)] == [True]


def test_of_a_batch_each_message_goes_where_it_belongs(hospital: Intake, behind: Behind) -> None:
    batch = (
        b"BHS|^~\\&\r" + adt("A01") + adt("A01", control_id="T2", local_id="L2", extra=(FLAG,)) + b"BTS|2\r"
    )
    (answers,) = hospital.take(batch)
    assert [parse_ack(one).code.value for one in answers] == ["AA", "AA"]
    assert not any(b"QUETZAL" in hospital.opened(row) for row in hospital.rows())
    assert len(hospital.rows()) == 2
    assert len(accounts(behind)) == 1


@pytest.mark.parametrize("line", [LINE | {"fact": "safeguarding"} | MEMBER, CONCERN], ids=["fact", "concern"])
def test_a_line_that_is_all_of_it_changes_no_row_and_no_figure(
    council: Intake, behind: Behind, tmp_path: Path, line: Any
) -> None:
    before = everything(council, tmp_path / "none")
    assert council.take(json.dumps(line).encode()) == [[]]
    assert everything(council, tmp_path / "none") == before
    assert ["QUETZAL" in one for one in accounts(behind)] == [True]


def test_a_row_that_somebody_refused_before_the_door_is_kept_apart_all_the_same(
    council: Intake, behind: Behind
) -> None:
    council.keep([Arrival(b'{"reason":"Safeguarding QUETZAL"}', refused="reason: a code not listed")])
    assert council.rows() == []
    assert ["QUETZAL" in one for one in accounts(behind)] == [True]


def test_while_the_wall_is_shut_nothing_is_taken_and_nothing_is_kept(
    council: Intake, hospital: Intake, box: Box, open_intake: Callable[..., Intake]
) -> None:
    box.shut = True
    for intake, raw in ((council, json.dumps(CONCERN).encode()), (hospital, adt("A01", extra=(FLAG,)))):
        with pytest.raises(NotNowBehind) as shut:
            intake.take(raw)
        assert "safeguarding" not in str(shut.value).lower()
        assert intake.rows() == []
    with pytest.raises(NotNowBehind):
        open_intake().take(adt("A01", extra=(FLAG,)))
    box.shut = False
    hospital.take(adt("A01", extra=(FLAG,)))
    assert len(hospital.rows()) == 1


# -- by each way ---------------------------------------------------------------------------------------------------


async def test_over_mllp_no_figure_moves_and_the_sender_is_answered(
    hospital: Intake, behind: Behind, tmp_path: Path
) -> None:
    async with listening(hospital.listener()) as port:
        before = everything(hospital, tmp_path / "none")
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(frame(adt("A01", msh={9: "MDM^T02"}, extra=(FLAG,))))
        answer = await asyncio.wait_for(reader.readuntil(b"\x1c\r"), PATIENCE_S)
        assert b"MSA|AA|T0001" in answer
        writer.close()
        assert everything(hospital, tmp_path / "none") == before
    assert len(accounts(behind)) == 1


async def test_over_mllp_while_the_wall_is_shut_the_sender_keeps_it(hospital: Intake, box: Box) -> None:
    box.shut = True
    listener = hospital.listener()
    async with listening(listener) as port:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(frame(adt("A01", extra=(FLAG,))))
        answer = await asyncio.wait_for(reader.readuntil(b"\x1c\r"), PATIENCE_S)
        assert b"207" in answer
        assert "safeguarding" not in listener.trouble.lower()
        writer.close()


async def test_over_the_webhook_it_is_answered_as_any_other(
    open_intake: Callable[..., Intake], box: Box, behind: Behind, tmp_path: Path
) -> None:
    posted_to = open_intake(profiles.read("council-webhook"), wall=box)
    async with posting(posted_to) as posted:
        await posted.post(fact())
        before = everything(posted_to, tmp_path / "none")
        answer = await posted.post(json.dumps(CONCERN).encode(), key="F9")
        assert (answer.status_code, answer.json()["outcome"]) == (201, "kept")
        assert len(answer.json()["message_id"]) == 36
        assert everything(posted_to, tmp_path / "none") == before
        box.shut = True
        assert (await posted.post(json.dumps(CONCERN | {"id": "F8"}).encode(), key="F8")).status_code == 503
    assert accounts(behind) == ["QUETZAL"]


async def test_of_a_file_the_lines_that_say_so_are_in_nothing_that_is_left(
    council: Intake, behind: Behind, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    lines = [LINE, "safeguarding: QUETZAL", LINE | {"id": "F2"} | MEMBER, CONCERN, LINE | {"id": "F3"}]
    path = write(folder, *lines)
    (folder / "facts.jsonl.sha256").write_text("")
    (folder / "facts.jsonl.sha256").unlink()
    assert await drop(council, folder).take(path) == 0
    assert council.counts() == {"received": 3, "kept": 3}
    left = (folder / "done" / "facts.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in left] == ["F1", "F3"]
    receipt = json.loads((folder / "done" / "facts.jsonl.receipt.json").read_bytes())
    assert (receipt["kept"], receipt["refused"]) == (5, 0), "its sender hears of each line"
    assert "QUETZAL" not in outside(council, folder)
    assert not path.exists()
    assert len(accounts(behind)) == 3


async def test_a_file_is_taken_again_after_a_stop_and_nothing_is_twice(
    council: Intake, behind: Behind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    path = write(folder, LINE, CONCERN)
    raw = path.read_bytes()
    await drop(council, folder).take(path)
    path.write_bytes(raw)
    await drop(council, folder).take(path)
    assert len(accounts(behind)) == 1
    assert "QUETZAL" not in outside(council, folder)


async def test_of_a_table_a_row_goes_by_its_words_and_by_its_column(
    open_intake: Callable[..., Intake], box: Box, behind: Behind, tmp_path: Path
) -> None:
    council = open_intake(EXTRACT, wall=box)
    folder = tmp_path / "in"
    folder.mkdir()
    head = [*ROW, "Safeguarding?", "Notes"]
    rows = [
        [*ROW.values(), "", "fine"],
        [*ROW.values(), "Y", "QUETZAL"],
        [*ROW.values(), "", 'a "MARAC"\ncase of QUETZAL'],
        [*(ROW | {"Status": "Safeguarding QUETZAL"}).values(), "", ""],
    ]
    path = folder / "packages.csv"
    quoted = ['"' + one.replace('"', '""') + '"' for row in rows for one in row]
    width = len(head)
    text = ",".join(head) + "\n" + "".join(
        ",".join(quoted[start : start + width]) + "\n" for start in range(0, len(quoted), width)
    )  # fmt: skip
    path.write_text(text)
    await drop(council, folder, EXTRACT.files).take(path)
    left = (folder / "done" / "packages.csv").read_text()
    assert left.splitlines()[0] == ",".join(head)
    assert "fine" in left
    assert "QUETZAL" not in outside(council, folder)
    assert len(accounts(behind)) == 3


async def test_of_a_file_that_is_refused_whole_what_says_so_is_kept_apart(
    council: Intake, behind: Behind, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / "concerns.csv"
    path.write_text("Id,Safeguarding concern\n1,QUETZAL\n2,OKAPI\n")
    await drop(council, folder, EXTRACT.files).take(path)
    assert (folder / "refused" / "concerns.csv").read_text() == "Id,Safeguarding concern\n"
    assert not {"QUETZAL", "OKAPI"} & set(outside(council, folder).split("'"))
    assert "QUETZAL" not in outside(council, folder)
    assert sorted("QUETZAL" in one for one in accounts(behind)) == [False, True]


async def test_of_history_too(
    open_intake: Callable[..., Intake], box: Box, behind: Behind, tmp_path: Path
) -> None:
    past = open_intake(profiles.read("council-history"), wall=box)
    bench = Bench(past, tmp_path / "in")
    path = write(bench.folder, LINE, CONCERN, LINE | {"id": "F2"})
    await bench.drop().take(path)
    assert past.counts() == {"received": 2, "kept": 2}
    assert "QUETZAL" not in outside(past, bench.folder)
    assert accounts(behind) == ["QUETZAL"]


async def test_walled_rows_are_in_no_count_of_what_is_wrong_with_a_column(
    open_intake: Callable[..., Intake], box: Box, tmp_path: Path
) -> None:
    council, folder = open_intake(EXTRACT, wall=box), tmp_path / "in"
    folder.mkdir()
    heard: list[tuple[str, int]] = []

    async def drifted(_files: str, kind: str, n: int) -> None:
        heard.append((kind, n))

    bad = [ROW | {"Service ID": f"S-{n}", "Status": "Paused"} for n in range(FEWEST)]
    walled = bad[0] | {"Service": "Safeguarding enquiry"}
    for number, rows in enumerate((bad, [*bad[1:], walled])):
        path = folder / f"packages-{number}.csv"
        path.write_text(table(*rows))
        await drop(council, folder, EXTRACT.files, drifted=drifted).take(path)  # type: ignore[arg-type]  # no number
    assert heard == [("unreadable", FEWEST), ("", 0)]
