"""What working processes remove: settled dead letters, alerts that are over, the log; nothing that is open."""

from __future__ import annotations

import asyncio
import errno
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import select

from ascbridge.alerts import alert_store
from ascbridge.bootstrap.jobs import clearing_up, retaining
from ascbridge.clock import Clock
from ascbridge.events.logs import retention, retention_rounds
from ascbridge.events.logs.envelope import first_id
from ascbridge.people import legal_holds
from ascbridge.people.actor import Actor
from ascbridge.storage import migration
from ascbridge.storage.database import PostgresDatabase
from ascbridge.storage.tables import alert, dead_letter, message, message_state
from tests.operations.conftest import empty_city
from tests.operations.mending.test_mend import Ward, ask, take_effect

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.config import Settings
    from tests.web.city import City

__all__ = ["empty_city"]
ANNE = Actor("Anne", "information-governance", "work", sign_in="Anne")
FAR = 4_000_000_000_000


def write(city: City, work: Callable[[Connection], Any]) -> Any:
    return city.bridge.write_now(work)


@pytest.fixture
def letters(empty_city: City) -> City:
    """One letter that was mended, and one that is open."""
    ward = Ward(empty_city)
    dead_id = ward.bury(ward.admit(), "PV2|||||||||20261019")
    assert take_effect(empty_city, ask(empty_city, dead_id, {"PV1-14": "21"})) == "mended"
    ward.bury(ward.admit(), "PV2|||||||||20261019")
    return empty_city


def drop(city: City, before_ms: int = FAR) -> Any:
    return write(city, lambda c: retention.drop_letters(c, "", before_ms, legal_holds.held_messages))


def test_a_letter_that_was_dealt_with_goes_and_an_open_one_never(letters: City) -> None:
    assert {row.state for row in letters.rows(dead_letter)} == {"mended", "open"}
    assert drop(letters, 0).removed == 0
    assert drop(letters).removed == 1
    assert [row.state for row in letters.rows(dead_letter)] == ["open"]
    assert drop(letters).removed == 0


def test_a_letter_whose_message_is_on_hold_stays(letters: City) -> None:
    settled = next(row for row in letters.rows(dead_letter) if row.state == "mended")
    assert settled.message_id in {row.message_id for row in letters.rows(message)}
    now_ms = letters.clock.at_ms
    hold = write(
        letters, lambda c: legal_holds.place(c, "message", settled.message_id, ANNE, "x", None, now_ms)
    )
    said = drop(letters)
    assert (said.removed, said.on_hold) == (0, 1)
    write(letters, lambda c: legal_holds.end(c, hold, ANNE, "over", now_ms))
    assert drop(letters).removed == 1


def test_an_alert_goes_when_it_has_been_over_for_long_enough(empty_city: City) -> None:
    row = {"cause": "held", "about": "service:record", "text": "x", "since_ms": 1, "seen_ms": 2}
    rows = [{**row, "over_ms": over} for over in (None, 10, 20)]
    write(empty_city, lambda c: c.execute(alert.insert(), rows))
    assert write(empty_city, lambda c: alert_store.forget(c, 20)) == 1
    assert sorted(one.over_ms or 0 for one in empty_city.rows(alert)) == [0, 20]
    assert write(empty_city, lambda c: alert_store.forget(c, FAR)) == 1
    assert [one.over_ms for one in empty_city.rows(alert)] == [None]


async def test_a_full_disk_is_waited_out_where_events_are_forgotten(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retaining, "LOOK_EVERY_S", 0.01)
    stop, tries = asyncio.Event(), []

    class Full:
        async def read(self, _work: object) -> dict[str, object]:
            return {}

        async def write(self, _work: object) -> int:
            tries.append(1)
            if len(tries) < 5:  # neither what is old can go, nor can that be written down
                raise OSError(errno.ENOSPC, "No space left on device")
            stop.set()
            return 0

    ground = cast("Ground", SimpleNamespace(settings=settings, database=Full(), clock=Clock.system()))
    await asyncio.wait_for(clearing_up.forget_in_files(ground, stop), 120)
    assert len(tries) >= 5


@pytest.mark.postgres
async def test_on_postgres_one_process_does_all_of_it(
    postgres_url: str, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retaining, "LOOK_EVERY_S", 0.01)
    await migration.upgrade_postgres(postgres_url)
    database, stop, clock = PostgresDatabase(postgres_url), asyncio.Event(), Clock.system()
    settings = make_settings(retention={"messages_days": 1})
    row = {
        "feed": "f", "lane": "p1", "received_ms": 0, "control_id": "c", "trigger": "A01", "reason": "", "flags": "",
        "key_id": "k", "body": b"x", "answer": b"", "answer_code": "AA",
    }  # fmt: skip
    rows = [row | {"message_id": first_id(1_000 + n), "outcome": "kept"} for n in range(3)]
    rows.append(row | {"message_id": first_id(2_000), "outcome": "refused", "lane": "p2"})
    states = [
        {"message_id": first_id(1_000 + n), "feed": "f", "state": state, "kept_ms": 0, "changed_ms": 0}
        for n, state in enumerate(("delivered", "held", "no_effect"))
    ]
    letter = {
        "consumer": "record", "topic": "task", "partition": 0, "offset": 1, "lane": "p1", "event_id": "e",
        "message_id": "m", "cause": "c", "headers": "{}", "value": b"", "dead_ms": 0,
    }  # fmt: skip
    letters = [
        letter | {"dead_id": "a", "state": "dismissed", "closed_ms": 1},
        letter | {"dead_id": "b", "state": "open", "closed_ms": None},
    ]
    said = {
        "cause": "held",
        "about": "service:record",
        "text": "x",
        "since_ms": 1,
        "seen_ms": 2,
        "over_ms": 3,
    }

    def prepare(connection: Connection) -> None:
        connection.execute(message.insert(), rows)
        connection.execute(message_state.insert(), states)
        connection.execute(dead_letter.insert(), letters)
        connection.execute(alert.insert(), [said])

    await database.write(prepare)
    ground = cast("Ground", SimpleNamespace(settings=settings, database=database, clock=clock))
    running = asyncio.create_task(clearing_up.forget_in_postgres(ground, stop))
    async with asyncio.timeout(120):
        while len(found := await database.read(retention_rounds.rounds)) < 6:
            assert not running.done(), running
            await asyncio.sleep(0.01)
    assert {kind: one.removed for kind, one in found.items()} == {
        "messages": 2, "refused": 1, "changes": 0, "letters": 1, "alerts": 1, "counts": 0,
    }  # fmt: skip
    assert found["messages"].unresolved == 1
    left = await database.read(lambda c: c.execute(select(message.c.message_id, message.c.body)).all())
    assert {one.message_id for one in left if one.body} == {first_id(1_001)}
    stop.set()
    await running
    await database.close()
