"""Erased means erased: wherever something of the person lies, it can no more be opened or found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.events.facts.catalogue import SealedPatient
from ascbridge.events.logs.sealing import seal
from ascbridge.people.actor import Actor
from ascbridge.people.erase import (
    approve_erasure,
    approved,
    finish,
    keys_are_gone,
    request_erasure,
    throw_keys_away,
)
from ascbridge.people.lookups import OpenedPatient, find_by_number, open_patients
from ascbridge.people.opening import ERASED, SealedValue, open_bytes, open_sealed
from ascbridge.people.requests import RequestRefused, find, in_state
from ascbridge.people.restrictions import request_release
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import audit, patient
from ascbridge.storage.tables import bridge as bridge_tables
from ascbridge.storage.tables import keys as keys_tables
from tests.people.ward import ANNE, BAD, BEN, KEYRING, N1, NOW, Said, Ward, cause, details, merged, restricted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.people.requests import Request

WHO = {"nhs_number": N1, "birth_date": "1941-02-03", "family_name": "HATHAWAY", "postcode": "CV1 1EX"}


WORK = Actor("ascbridge", "", "work")


def _approved(bridge: Ward, person: str, now: int = NOW + 5) -> Request:
    request = request_erasure(bridge.connection, person, ANNE, "asked for it", now)
    approve_erasure(bridge.connection, request, BEN, now)
    return find(bridge.connection, request)


def _erase(bridge: Ward, person: str) -> tuple[str, ...]:
    request = _approved(bridge, person)
    throw_keys_away(bridge.connection, bridge.data_keys, request, NOW + 6)
    assert keys_are_gone(bridge.connection, bridge.data_keys, request)
    finish(bridge.connection, bridge.data_keys, request, WORK, NOW + 7)
    return request.keys


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
    assert [request.why for request in in_state(bridge.connection, "asked", "done")] == ["", ""]


def test_each_step_may_be_done_again_and_nobody_cannot_be_erased(bridge: Ward) -> None:
    one = bridge.patient("M1")
    bridge.hear(Said(cause("m1"), [details(one, **WHO)]))
    request = _approved(bridge, bridge.person(one))
    assert approved(bridge.connection) == [request]
    for _ in range(2):
        throw_keys_away(bridge.connection, bridge.data_keys, request, NOW + 6)
    for _ in range(2):
        finish(bridge.connection, bridge.data_keys, request, WORK, NOW + 7)
    assert approved(bridge.connection) == []
    done = find(bridge.connection, request.request_id)
    assert (done.state, done.done_ms, done.decided_by) == ("done", NOW + 7, "ben")
    with pytest.raises(RequestRefused, match="no such person"):
        request_erasure(bridge.connection, "nobody", ANNE, "why", NOW)


def test_nothing_goes_before_a_second_person_approved_and_who_asked_cannot(bridge: Ward) -> None:
    one = bridge.patient("M1")
    bridge.hear(Said(cause("m1"), [details(one, **WHO)]))
    request = request_erasure(bridge.connection, bridge.person(one), ANNE, "asked for it", NOW)
    with pytest.raises(RequestRefused, match="who asked may not approve"):
        approve_erasure(bridge.connection, request, ANNE, NOW)
    assert approved(bridge.connection) == []
    assert isinstance(bridge.sealed(one), SealedPatient)


def test_what_a_source_says_after_the_approval_is_new_and_stays(bridge: Ward) -> None:
    one = bridge.patient("M1")
    bridge.hear(Said(cause("m1"), [details(one, **WHO)]))
    request = _approved(bridge, bridge.person(one))
    assert not keys_are_gone(bridge.connection, bridge.data_keys, request)
    throw_keys_away(bridge.connection, bridge.data_keys, request, NOW + 6)
    bridge.data_keys.ensure(bridge.connection, [bridge.key(one)], NOW + 10)
    bridge.hear(Said(cause("m2"), [details(one, 20, family_name="BACK AGAIN")]))
    throw_keys_away(bridge.connection, bridge.data_keys, request, NOW + 11)  # once more, after a crash
    assert keys_are_gone(bridge.connection, bridge.data_keys, request)
    finish(bridge.connection, bridge.data_keys, request, WORK, NOW + 12)
    sealed = bridge.sealed(one)
    assert isinstance(sealed, SealedPatient)
    assert (sealed.family_name, sealed.postcode) == ("BACK AGAIN", "")


def test_each_step_is_audited_with_who_asked_and_who_approved(write: Callable[..., Any]) -> None:
    def work(connection: Connection) -> None:
        bridge = Ward(connection)
        one = bridge.patient("M1")
        bridge.hear(Said(cause("m1"), [details(one, **WHO)]))
        _erase(bridge, bridge.person(one))
        rows = connection.execute(select(audit.c.who, audit.c.what, audit.c.why).order_by(audit.c.position))
        assert [tuple(row) for row in rows] == [
            ("anne", "erasing a person asked", "asked for it"),
            ("ben", "erasing a person approved", "asked for it"),
            ("ascbridge", "person erased", "asked by anne, approved by ben"),
        ]
        assert approved(connection, lock=True) == []

    write(work)


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

    request = await work.write(lambda c: _approved(ward(c), person))
    (waiting,) = await work.read(approved)
    assert waiting == request
    assert not await work.read(lambda c: keys_are_gone(c, shared.data_keys, waiting))
    await keys.write(lambda c: throw_keys_away(c, shared.data_keys, waiting, NOW + 6))
    assert await work.read(lambda c: keys_are_gone(c, shared.data_keys, waiting))
    await work.write(lambda c: finish(c, shared.data_keys, waiting, WORK, NOW + 7))
    found = await work.read(lambda c: open_patients(c, shared.data_keys, shared.keys.values()))
    assert list(found.values()) == [ERASED]
    await work.close()
    await keys.close()
