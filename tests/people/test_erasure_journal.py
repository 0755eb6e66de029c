"""The journal of erasures: what was decided is told without naming anybody, and can be done again on an older state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.people import erase, erasure_journal
from ascbridge.people.opening import ERASED
from ascbridge.people.requests import find
from tests.people.ward import ANNE, BEN, NOW, Said, Ward, cause, details

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sqlalchemy import Connection


def test_what_was_decided_is_told_by_keys_alone_and_what_was_only_asked_is_not(bridge: Ward) -> None:
    assert erasure_journal.lines(bridge.connection) == b""
    ref = bridge.patient("M1")
    bridge.hear(Said(cause("m1"), [details(ref, family_name="HATHAWAY")]))
    request = erase.request_erasure(bridge.connection, bridge.person(ref), ANNE, "Mrs Hathaway rang", NOW)
    assert erasure_journal.lines(bridge.connection) == b""
    erase.approve_erasure(bridge.connection, request, BEN, NOW + 6)
    text = erasure_journal.lines(bridge.connection)
    (row,) = erasure_journal.read(text)
    assert (row["request_id"], row["patient_keys"], row["decided_ms"]) == (request, bridge.key(ref), NOW + 6)
    assert b"athaway" not in text.lower()


def test_an_older_state_forgets_again_whom_it_was_told_to_forget(write: Callable[..., Any]) -> None:
    def work(connection: Connection) -> None:
        ward = Ward(connection)
        ref = ward.patient("M1")
        ward.hear(Said(cause("m1"), [details(ref, family_name="HATHAWAY")]))
        request = erase.request_erasure(connection, ward.person(ref), ANNE, "Mrs Hathaway rang", NOW + 5)
        older = connection.begin_nested()  # the back-up knows that it was asked, and no more
        erase.approve_erasure(connection, request, BEN, NOW + 6)
        journal = erasure_journal.read(erasure_journal.lines(connection))
        older.rollback()
        assert find(connection, request).state == "asked"
        assert ward.sealed(ref) != ERASED

        assert erasure_journal.do_again(connection, connection, ward.data_keys, journal, NOW + 9) == 1
        found = find(connection, request)
        assert (found.state, found.keys, found.decided_by) == ("approved", (ward.key(ref),), BEN.who)
        assert erase.keys_are_gone(connection, ward.data_keys, found)
        assert ward.sealed(ref) == ERASED
        erase.finish(connection, ward.data_keys, found, ANNE, NOW + 10)
        assert erasure_journal.do_again(connection, connection, ward.data_keys, journal, NOW + 11) == 0
        assert find(connection, request).state == "done"

    write(work)


@pytest.mark.parametrize("text", [b"no json", b"[]", b'{"request_id": "r"}', b'{"decided_ms": "x"}'])
def test_what_is_no_journal_is_refused(text: bytes) -> None:
    with pytest.raises(erasure_journal.JournalFault, match="line 1 tells no erasure"):
        erasure_journal.read(text)
