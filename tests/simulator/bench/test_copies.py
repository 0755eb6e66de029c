"""Rows of one table laid down again, about somebody else: what is sealed in them opens, and nothing else changes."""

import base64
import sqlite3
from pathlib import Path

import orjson
import pytest

from ascbridge.events.logs.envelope import derived_id
from ascbridge.events.logs.sealing import Keyring, SealBroken, seal, unseal
from ascbridge.frontdoor.door_status import door_task_id
from ascbridge.people.groups import own_person_id
from ascbridge.record.preparing import digest
from ascbridge.simulator.bench.copies import COPIED, Laying, Reading, Sheet
from ascbridge.simulator.bench.renaming import Copy, Renaming
from ascbridge.simulator.bench.seeding import door_tasks
from ascbridge.storage import tables
from ascbridge.storage.files import sqlite_file
from ascbridge.storage.migration import upgrade_sqlite

NOON, LATER = 1_772_539_200_000, 86_400_000
KEYRING = Keyring(b"k" * 32)
PATIENT = "p" + "1a" * 16
PERSON, EVENT = own_person_id(PATIENT), derived_id(NOON, "event")
OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    upgrade_sqlite(tmp_path)
    return tmp_path


def write(folder: Path, group: str, table: str, **values: object) -> None:
    with sqlite3.connect(sqlite_file(folder, group)) as connection:  # type: ignore[arg-type]
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))
    connection.close()


def rows(folder: Path, group: str, table: str) -> list[dict[str, object]]:
    connection = sqlite3.connect(sqlite_file(folder, group))  # type: ignore[arg-type]
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY rowid")]
    connection.close()
    return found


def lay(folder: Path) -> dict[str, str]:
    sheets = Reading(folder, lambda sealed, _key_id, bound: unseal(sealed, OLD, bound)).sheets()
    names = {
        name for sheet in sheets for row in sheet.rows for text in row.every_text() for name in text.names
    }
    names.add(PATIENT)
    copy = Copy(1, LATER, {}, turns=7)
    (tasks,) = [sheet.rows for sheet in sheets if sheet.table == "door_task"]
    renamed = Renaming(KEYRING, names, {}, [], door_tasks(tasks)).names(copy)
    laying = Laying(folder, KEYRING, sheets)
    laying.begin()
    laying.lay(copy, renamed, {PATIENT: NEW})
    laying.commit()
    laying.close()
    return renamed


def test_every_table_that_is_copied_is_one_of_its_file() -> None:
    for group, names in COPIED.items():
        assert set(names) <= set(tables.GROUPS[group].tables)  # type: ignore[index]


def test_an_event_is_sealed_anew_for_its_person(folder: Path) -> None:
    inside = base64.b64encode(seal(b'{"local_id":"x"}', OLD, EVENT)).decode()
    value = orjson.dumps({"at_ms": NOON, "gender": "male", "sealed": inside})
    write(
        folder, "bridge", "event_log", topic="person", partition=0, key=PATIENT, event_id=EVENT, time_ms=NOON,
        headers=orjson.dumps({"ce_keyid": f"{PATIENT}.1"}).decode(), value=value,
    )  # fmt: skip
    names = lay(folder)
    old, new = rows(folder, "bridge", "event_log")
    assert (new["position"], new["key"], new["event_id"]) == (2, names[PATIENT], names[EVENT])
    assert new["time_ms"] == NOON + LATER
    said = orjson.loads(new["value"])
    assert (said["at_ms"], said["gender"]) == (NOON + LATER, "male")
    assert unseal(base64.b64decode(said["sealed"]), NEW, names[EVENT]) == b'{"local_id":"x"}'
    with pytest.raises(SealBroken):
        unseal(base64.b64decode(said["sealed"]), OLD, EVENT)
    assert old["value"] == value


def test_work_at_the_front_door_and_what_the_council_said_are_sealed_anew(folder: Path) -> None:
    task = door_task_id("triage", PATIENT, "contact:C1")
    write(
        folder, "bridge", "door_task", task_id=task, kind="triage", about="contact:C1", patient_key=PATIENT, person_id=PERSON,
        since_on="2026-03-03", opened_ms=NOON, body=orjson.dumps({"task": task}), explanation=b"{}", changed_ms=NOON,
    )  # fmt: skip
    write(
        folder, "bridge", "door_act", act_id=EVENT, task_id=task, version=1, act="note", detail=b"{}",
        sealed=seal(b"The key safe", OLD, EVENT), key_id=f"{PATIENT}.1", at_ms=NOON,
    )  # fmt: skip
    write(
        folder,
        "bridge",
        "door_request",
        request_id=f"{PATIENT}/contact:C1",
        patient_key=PATIENT,
        first_ms=NOON,
        changed_ms=NOON,
    )
    write(folder, "bridge", "door_clock", patient_key=PATIENT, at_ms=NOON)
    write(
        folder, "bridge", "care", patient_key=PATIENT, slot="carer:1", value=b"{}", sealed_event=EVENT,
        sealed=seal(b'{"carer_name":"x"}', OLD, EVENT), key_id=f"{PATIENT}.1", changed_ms=NOON,
    )  # fmt: skip
    names = lay(folder)
    new = {
        name: rows(folder, "bridge", name)[1]
        for name in ("door_task", "door_act", "door_request", "door_clock", "care")
    }
    assert new["door_task"]["task_id"] == door_task_id("triage", names[PATIENT], "contact:C1")
    assert (new["door_task"]["task_id"], new["door_task"]["patient_key"]) == (names[task], names[PATIENT])
    assert orjson.loads(new["door_task"]["body"])["task"] == names[task]  # type: ignore[arg-type]
    assert new["door_act"]["task_id"] == names[task]
    assert unseal(new["door_act"]["sealed"], NEW, names[EVENT]) == b"The key safe"  # type: ignore[arg-type]
    assert unseal(new["care"]["sealed"], NEW, names[EVENT]) == b'{"carer_name":"x"}'  # type: ignore[arg-type]
    assert new["door_request"]["request_id"] == f"{names[PATIENT]}/contact:C1"
    assert new["door_clock"]["at_ms"] == NOON + LATER


def test_a_copys_person_has_a_data_key_of_their_own(folder: Path) -> None:
    write(
        folder, "keys", "data_key", key_id=f"{PATIENT}.1", owner_key=PATIENT, created_ms=NOON,
        wrapped=KEYRING.wrap(OLD, f"{PATIENT}.1"),
    )  # fmt: skip
    names = lay(folder)
    _, new = rows(folder, "keys", "data_key")
    assert KEYRING.unwrap(new["wrapped"], new["key_id"]) == NEW  # type: ignore[arg-type]
    assert new["owner_key"] == names[PATIENT]


def test_a_resource_moves_on_and_is_known_by_its_digest(folder: Path) -> None:
    body = {
        "resourceType": "Patient",
        "id": PERSON,
        "gender": "male",
        "meta": {"versionId": "1", "source": "a"},
    }
    write(
        folder, "bridge", "resource", resource_type="Patient", resource_id=PERSON, version=1, updated_position=3,
        updated_ms=NOON, person_id=PERSON, body=orjson.dumps(body),
    )  # fmt: skip
    write(
        folder, "bridge", "sent_resource", sink="icr", resource=f"Patient/{PERSON}", person_id=PERSON, version="1",
        digest="0" * 64, sent_ms=NOON,
    )  # fmt: skip
    names = lay(folder)
    _, new = rows(folder, "bridge", "resource")
    assert new["updated_position"] == 10
    _, sent = rows(folder, "bridge", "sent_resource")
    assert sent["digest"] == digest({**body, "id": names[PERSON], "meta": {"source": "a"}})


def test_what_everybody_shares_is_not_copied(folder: Path) -> None:
    write(
        folder, "bridge", "resource", resource_type="Location", resource_id="ward-1", version=1,
        updated_position=3, updated_ms=NOON, person_id="", body=b'{"meta":{"lastUpdated":"2026-03-03"}}',
    )  # fmt: skip
    lay(folder)
    assert len(rows(folder, "bridge", "resource")) == 1


def test_the_files_are_as_a_bridge_has_them(folder: Path) -> None:
    lay(folder)
    with sqlite3.connect(sqlite_file(folder, "bridge")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_sheet_gives_every_column_but_the_position(folder: Path) -> None:
    (log,) = [one for one in Reading(folder, lambda *_: b"").sheets() if one.table == "event_log"]
    assert isinstance(log, Sheet)
    assert "position" not in log.insert
    assert log.insert.count("?") == len(tables.event_log.c) - 1
