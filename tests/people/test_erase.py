"""Erased means erased: wherever something of the person lies, it can no more be opened or found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.events.sealing import seal
from ascbridge.people.erase import erase_person
from ascbridge.people.lookups import OpenedPatient, find_by_number, open_patients
from ascbridge.people.opening import ERASED, SealedValue, open_bytes, open_sealed
from ascbridge.people.restrictions import open_requests, request_release
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import bridge as bridge_tables
from ascbridge.storage.tables import keys as keys_tables
from ascbridge.storage.tables import patient
from tests.people.ward import ANNE, BAD, KEYRING, N1, NOW, Said, Ward, cause, details, merged, restricted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

WHO = {"nhs_number": N1, "birth_date": "1941-02-03", "family_name": "HATHAWAY", "postcode": "CV1 1EX"}


def _erase(bridge: Ward, person: str) -> tuple[str, ...]:
    connection = bridge.connection
    return erase_person(connection, connection, bridge.data_keys, person, ANNE, "asked for it", NOW + 5)


def test_events_bodies_and_rows_of_every_key_answer_erased(write: Callable[..., Any]) -> None:
    def work(connection: Connection) -> None:
        bridge = Ward(connection)
        one, other, third = bridge.patient("M1"), bridge.patient("C1", "COVASC"), bridge.patient("M3")
        events = bridge.publish(Said(cause("m1"), [details(one, **WHO), merged(bridge, one, other)]))
        bridge.hear(Said(cause("m2"), [details(third, nhs_number=N1, family_name="NOT HER")]))
        key = bridge.data_keys.of(connection, [bridge.key(one)])[bridge.key(one)]
        assert key is not None
        body = SealedValue(seal(b"MSH|HATHAWAY", key.key, "m1"), key.key_id, "m1")
        both = {bridge.key(one), bridge.key(other)}

        assert set(_erase(bridge, bridge.person(one))) == both
        sealed = [event for event in events if "sealed" in event.data]
        assert sealed
        for event in sealed:
            text = str(event.data["sealed"])
            opened = open_sealed(connection, bridge.data_keys, text, event.key_id, event.id, restricted=False)
            assert opened == ERASED
        assert open_bytes(connection, bridge.data_keys, [body]) == [ERASED]
        opened_rows = open_patients(connection, bridge.data_keys, bridge.keys.values())
        assert {name for name, found in opened_rows.items() if found == ERASED} == both
        assert [match.patient_key for match in find_by_number(connection, KEYRING, N1)] == [bridge.key(third)]
        assert bridge.quarantined() == set()
        assert b"HATHAWAY" not in repr(connection.execute(select(patient)).all()).encode()

    write(work)


def test_what_is_said_of_them_later_is_new_and_the_old_stays_gone(bridge: Ward) -> None:
    one = bridge.patient("M1")
    (event,) = bridge.publish(Said(cause("m1"), [details(one, **WHO)]))
    _erase(bridge, bridge.person(one))
    bridge.patient("M1")
    bridge.hear(Said(cause("m2"), [details(one, family_name="BACK AGAIN")]))
    found = open_patients(bridge.connection, bridge.data_keys, [bridge.key(one)])[bridge.key(one)]
    assert isinstance(found, OpenedPatient)
    assert (found.sealed.family_name, found.sealed.postcode) == ("BACK AGAIN", "")
    old = open_sealed(
        bridge.connection,
        bridge.data_keys,
        str(event.data["sealed"]),
        event.key_id,
        event.id,
        restricted=False,
    )
    assert old == ERASED


def test_restriction_and_links_stay_and_reasons_written_about_them_go(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    bridge.hear(
        Said(cause("m1"), [details(one, nhs_number=BAD), restricted(one), merged(bridge, one, other)])
    )
    request_release(bridge.connection, bridge.person(one), ANNE, "Mrs Hathaway rang", NOW)
    assert len(bridge.quarantined()) == 1
    _erase(bridge, bridge.person(one))
    assert bridge.quarantined() == set()
    assert bridge.row(one).restricted
    assert bridge.person(one) == bridge.person(other)
    assert [request.why for request in open_requests(bridge.connection)] == [""]


def test_erasing_again_is_no_harm_and_nobody_cannot_be_erased(bridge: Ward) -> None:
    one = bridge.patient("M1")
    bridge.hear(Said(cause("m1"), [details(one, **WHO)]))
    assert _erase(bridge, bridge.person(one)) == _erase(bridge, bridge.person(one))
    with pytest.raises(LookupError, match="no person nobody"):
        _erase(bridge, "nobody")


async def test_on_one_machine_the_keys_lie_in_another_file(tmp_path: Path) -> None:
    keys = SqliteDatabase(tmp_path / "keys.db")
    await keys.write(keys_tables.create_all)
    work = SqliteDatabase(tmp_path / "bridge.db", attached={"keys": tmp_path / "keys.db"})
    await work.write(lambda c: bridge_tables.create_all(c, tables=list(bridge_tables.tables.values())))
    shared = await keys.write(lambda c: (ward := Ward(c), ward.patient("M1"))[0])

    def ward(connection: Connection) -> Ward:
        return Ward(connection, shared.data_keys, shared.keys)

    (ref,) = shared.keys
    await work.write(lambda c: ward(c).hear(Said(cause("m1"), [details(ref, **WHO)])))
    person = await work.read(lambda c: ward(c).person(ref))

    def erase(keys_connection: Connection) -> None:
        work.write_now(
            lambda c: erase_person(c, keys_connection, shared.data_keys, person, ANNE, "asked for it", NOW)
        )

    await keys.write(erase)
    found = await work.read(lambda c: open_patients(c, shared.data_keys, shared.keys.values()))
    assert list(found.values()) == [ERASED]
    await work.close()
    await keys.close()
