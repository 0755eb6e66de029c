"""One transaction for a batch: rows, answers and counts on SQLite and PostgreSQL, all of it or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, select

from ascbridge.events.logs.envelope import Ref
from ascbridge.events.logs.sealing import Keyring, unseal
from ascbridge.intake.agreed import profiles
from ascbridge.intake.hl7v2.hl7_ack import parse_ack
from ascbridge.intake.keeping.inbox import Candidate, Doorkeeper, needed
from ascbridge.intake.keeping.kept import Keeping, Kept, keep
from ascbridge.people.data_keys import DataKey
from ascbridge.storage import migration
from ascbridge.storage.database import PostgresDatabase, SqliteDatabase
from ascbridge.storage.tables import control_id_seen, feed_heard, intake_count, message, resend
from tests.intake.messages import adt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PROFILE = profiles.read("itk-v24")
DOOR = Doorkeeper(PROFILE, Keyring(bytes(range(32))))
REFUSED = Ref("lane", "itk-v24", "refused")
HOUR_MS = 3_600_000
NOW_MS = 1_791_200_000_000


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[SqliteDatabase | PostgresDatabase]:
    made: SqliteDatabase | PostgresDatabase
    if request.param == "sqlite":
        migration.upgrade_sqlite(tmp_path)
        made = SqliteDatabase(tmp_path / "kept.db")
    else:
        url = request.getfixturevalue("postgres_url")
        await migration.upgrade_postgres(url)
        made = PostgresDatabase(url)
    yield made
    await made.close()


def how(candidates: list[Candidate], at_ms: int) -> Keeping:
    """Keys that are plain to see: a Ref's own text, and one data key for each."""
    keys = {ref: f"{ref.kind}/{ref.authority}/{ref.value}" for ref in needed(candidates, REFUSED)}
    data_keys = {key: DataKey(f"key of {key}", bytes(32)) for key in keys.values()}
    return Keeping(PROFILE, keys, data_keys, keys.get(REFUSED, ""), HOUR_MS, at_ms)


async def kept(database: Any, *raws: bytes, at_ms: int = NOW_MS) -> list[Kept]:
    candidates = [DOOR.judge(raw) for raw in raws]
    return await database.write(lambda c: keep(c, candidates, how(candidates, at_ms)))  # type: ignore[no-any-return]


async def rows(database: Any, table: Any) -> list[Any]:
    return await database.read(lambda c: list(c.execute(select(table))))  # type: ignore[no-any-return]


async def counts(database: Any) -> dict[str, int]:
    return {row.name: row.n for row in await rows(database, intake_count)}


async def test_a_message_is_kept_sealed_in_its_lane_beside_its_answer(database: Any) -> None:
    (one,) = await kept(database, adt("A01"))
    (row,) = await rows(database, message)
    lane = "patient/RKB/L100"
    assert (row.message_id, row.outcome, row.lane, row.key_id) == (
        one.message_id,
        "kept",
        lane,
        f"key of {lane}",
    )
    assert (row.answer, row.answer_code, row.received_ms) == (one.answer, "AA", NOW_MS)
    assert unseal(row.body, bytes(32), row.message_id) == adt("A01")
    (heard,) = await rows(database, feed_heard)
    assert (heard.feed, heard.last_ms, heard.last_control_id) == ("itk-v24", NOW_MS, "T0001")
    assert await counts(database) == {"received": 1, "kept": 1}


async def test_a_refusal_lies_in_the_lane_of_refusals_with_its_reason(database: Any) -> None:
    (one,) = await kept(database, adt("A03", visit=""))
    (row,) = await rows(database, message)
    assert (one.outcome, row.outcome, row.lane) == ("refused", "refused", "lane/itk-v24/refused")
    assert row.reason == one.reason == "PV1-19: no visit number, so the stay cannot be told"
    assert await counts(database) == {"received": 1, "refused": 1}


async def test_a_repeat_gets_the_stored_answer_and_no_row(database: Any) -> None:
    first = (await kept(database, adt("A01")))[0]
    again, twice = await kept(database, adt("A01"), adt("A01"), at_ms=NOW_MS + 1)
    assert again == twice == Kept("duplicate", first.answer, first.message_id)
    (row,) = await rows(database, message)
    assert row.repeats == 2
    assert await counts(database) == {"received": 3, "kept": 1, "duplicate": 2}


async def test_a_repeated_refusal_is_answered_anew_and_becomes_final(database: Any) -> None:
    raw = adt("A01", msh={9: "ORU^R01"})
    said = [(await kept(database, raw, at_ms=NOW_MS + n))[0] for n in range(4)]
    assert [parse_ack(one.answer).code.value for one in said] == ["AR", "AR", "AR", "AE"]
    assert {one.outcome for one in said} == {"refused"}
    assert len(await rows(database, message)) == 1


async def test_the_window_is_counted_from_when_it_was_kept(database: Any) -> None:
    await kept(database, adt("A01"))
    assert (await kept(database, adt("A01"), at_ms=NOW_MS + HOUR_MS))[0].outcome == "duplicate"
    assert (await kept(database, adt("A01"), at_ms=NOW_MS + HOUR_MS + 1))[0].outcome == "kept"
    assert [row.received_ms for row in await rows(database, resend)] == [NOW_MS + HOUR_MS + 1]


async def test_another_content_under_a_known_control_id_is_kept_and_flagged(database: Any) -> None:
    await kept(database, adt("A01"), adt("A02"))
    await kept(database, adt("A03"), at_ms=NOW_MS + 1)
    flags = {row.trigger: row.flags for row in await rows(database, message)}
    assert flags == {"A01": "", "A02": "control_id_reused", "A03": "control_id_reused"}
    (seen,) = await rows(database, control_id_seen)
    assert (seen.digest, seen.last_ms) == (DOOR.digest(adt("A03")), NOW_MS + 1)


async def test_ids_follow_from_the_message_and_differ_within_a_batch(database: Any) -> None:
    candidates = [DOOR.judge(adt("A31", control_id=f"T{n}")) for n in range(20)]
    same: list[str] = []

    def undone(connection: Connection) -> None:
        same.extend(one.message_id for one in keep(connection, candidates, how(candidates, NOW_MS)))
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(undone)
    assert await rows(database, message) == []
    assert await counts(database) == {}
    found = await kept(database, *(one.raw for one in candidates))
    assert [one.message_id for one in found] == same
    assert len(set(same)) == 20
