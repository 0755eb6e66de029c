"""Reading and writing a case file: few queries for messages that tell nothing new, and nothing lost on the way."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from ascbridge.people import casefile_store
from ascbridge.people.data_keys import DataKeys
from ascbridge.people.membership import person_of
from ascbridge.people.possible_matches import waiting as waiting_pairs
from ascbridge.storage.tables import link
from tests.people.ward import (
    KEYRING,
    N1,
    NOW,
    Said,
    Ward,
    cause,
    create_tables,
    decided,
    details,
    died,
    merged,
    restricted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

BORN = "1941-02-03"


@contextlib.contextmanager
def _counted(connection: Connection) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield seen
    event.remove(connection, "before_cursor_execute", note)


def test_a_message_that_says_nothing_new_about_who_is_who_takes_few_queries(bridge: Ward) -> None:
    one = bridge.patient("M1")
    bridge.hear(Said(cause("m1"), [details(one, nhs_number=N1, birth_date=BORN), restricted(one)]))
    with _counted(bridge.connection) as seen:
        bridge.hear(Said(cause("m2"), [details(one, 1, nhs_number=N1, birth_date=BORN), restricted(one)]))
    assert len(seen) <= 4


def test_what_is_saved_is_met_again(write: Callable[..., Any]) -> None:
    def first(connection: Connection) -> list[str]:
        bridge = Ward(connection)
        one, other = bridge.patient("M1"), bridge.patient("M2")
        bridge.hear(
            Said(cause("m1"), [details(one, nhs_number=N1, birth_date=BORN, family_name="A"), died(one)])
        )
        bridge.hear(Said(cause("m2"), [merged(bridge, one, other), restricted(one)]))
        return [bridge.key(one), bridge.key(other)]

    keys = write(first)

    def again(connection: Connection) -> None:
        file = casefile_store.meet(connection, {keys[0]}, NOW)
        file = casefile_store.widen(connection, file, {}, NOW, linking=False)
        casefile_store.unseal(connection, file, DataKeys(KEYRING), [keys[0]])
        one = file.patients[keys[0]]
        assert set(file.patients) == set(keys)
        assert file.members([keys[1]]) == set(keys)
        assert (one.died, one.level, one.number_state, one.new) == (True, "national", "verified", False)
        assert one.details is not None
        assert one.details.sealed.family_name == "A"
        assert file.joined((min(keys), max(keys)))
        casefile_store.save(connection, file, DataKeys(KEYRING), NOW)

    write(again)


def test_an_erased_patients_details_are_not_known_any_more_and_start_anew(bridge: Ward) -> None:
    one = bridge.patient("M1")
    bridge.hear(Said(cause("m1"), [details(one, 9, family_name="OLD", postcode="CV1")]))
    bridge.data_keys.erase(bridge.connection, [bridge.key(one)], NOW)
    bridge.data_keys.ensure(bridge.connection, [bridge.key(one)], NOW)
    bridge.hear(Said(cause("m2"), [details(one, 5, family_name="NEW")]))
    sealed = bridge.sealed(one)
    assert (sealed.family_name, sealed.postcode) == ("NEW", "")


def test_details_for_a_patient_without_a_living_key_leave_nothing_that_finds_or_names_them(
    bridge: Ward,
) -> None:
    one = bridge.patient("M1")
    bridge.data_keys.erase(bridge.connection, [bridge.key(one)], NOW)
    bridge.hear(Said(cause("m1"), [details(one, family_name="A", nhs_number=N1, birth_date=BORN)]))
    row = bridge.row(one)
    assert (row.nhs_lookup, row.birth_lookup, row.details, row.sealed) == ("", "", "", b"")


def test_a_statement_handled_again_is_one_row(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    for _ in range(3):
        bridge.hear(Said(cause("m1"), [merged(bridge, one, other)]))
    bridge.hear(Said(cause("m2"), [decided(bridge, one, other, 1, joined=False)]))
    assert bridge.connection.execute(select(func.count()).select_from(link)).scalar_one() == 2


@pytest.mark.postgres
@pytest.mark.parametrize("story", ["numbers", "merges", "alike"])
async def test_two_writers_at_once_miss_nothing_of_one_another(postgres_url: str, story: str) -> None:
    """The first has learnt and not committed when the second begins; each alone sees only half of the truth."""
    engine = create_async_engine(postgres_url)
    refs: list[Any] = []

    def prepare(connection: Connection) -> Ward:
        create_tables(connection)
        bridge = Ward(connection)
        refs.extend(bridge.patient(f"M{n}") for n in range(3))
        if story == "merges":
            bridge.hear(Said(cause("m0"), [died(ref) for ref in refs]))
        return bridge

    def say(connection: Connection, bridge: Ward, number: int) -> None:
        mine = Ward(connection, DataKeys(KEYRING), bridge.keys)
        if story == "numbers":
            draft = details(refs[number], nhs_number=N1, birth_date=BORN)
        elif story == "alike":
            draft = details(refs[number], birth_date=BORN, family_name="A", given_names=("B",))
        else:
            draft = merged(mine, refs[number], refs[number + 1], number)
        mine.hear(Said(cause(f"m{number + 1}"), [draft]))

    async def second(bridge: Ward) -> None:
        async with engine.begin() as connection:
            await connection.run_sync(say, bridge, 1)

    async with engine.begin() as connection:
        bridge = await connection.run_sync(prepare)
    async with engine.connect() as watch, engine.connect() as first:
        await first.begin()
        await first.run_sync(say, bridge, 0)
        other = asyncio.create_task(second(bridge))
        waiting = text(
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
            "WHERE NOT granted AND datname = current_database()"
        )
        while not (await watch.execute(waiting)).scalar_one():
            assert not other.done()
        await first.commit()
        await other
        persons = await watch.run_sync(person_of, [bridge.key(ref) for ref in refs])
        pairs = await watch.run_sync(waiting_pairs)
    await engine.dispose()
    assert len(pairs) == (story == "alike")
    assert len(set(persons.values())) == (2 if story == "alike" else 1)
    assert len(persons) == (3 if story == "merges" else 2)
