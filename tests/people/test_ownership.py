"""A person says whose an NHS number is: it takes effect everywhere, and stands until the number changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.people.links import DecisionRefused
from ascbridge.people.lookups import OpenedPatient, find_by_number, open_patients
from ascbridge.people.ownership import settle_number
from ascbridge.people.quarantine import not_theirs, open_cases
from ascbridge.storage.tables import audit
from tests.people.ward import ANNE, BAD, KEYRING, N1, N2, NOW, PREFIX, Said, Ward, cause, details

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import Ref

BORN, OTHER = "1941-02-03", "1950-06-07"


def _shared(bridge: Ward) -> tuple[Ref, Ref]:
    one, other = bridge.patient("M1"), bridge.patient("C1", "COVASC")
    bridge.hear(Said(cause("m1"), [details(one, nhs_number=N1, birth_date=BORN)]))
    bridge.hear(Said(cause("m2"), [details(other, nhs_number=N1, birth_date=OTHER)]))
    return one, other


def _settle(bridge: Ward, ref: Ref, belongs: Any, why: str = "read both cards") -> Any:
    return settle_number(
        bridge.connection, KEYRING, bridge.key(ref), belongs,
        actor=ANNE, why=why, prefix=PREFIX, now_ms=NOW + 50,
    )  # fmt: skip


def _number(bridge: Ward, ref: Ref) -> str:
    opened = open_patients(bridge.connection, bridge.data_keys, [bridge.key(ref)])[bridge.key(ref)]
    assert isinstance(opened, OpenedPatient)
    return opened.sealed.nhs_number


@pytest.mark.parametrize(
    "belongs,left",
    [("this", ["one"]), ("other", ["other"]), ("neither", []), ("one-person", ["one", "other"])],
)
def test_the_number_is_found_and_shown_where_it_belongs_and_nowhere_else(
    write: Callable[..., Any], belongs: str, left: list[str]
) -> None:
    def work(connection: Connection) -> None:
        bridge = Ward(connection)
        one, other = _shared(bridge)
        assert len(open_cases(connection)) == 2
        events = _settle(bridge, one, belongs)
        names = {bridge.key(one): "one", bridge.key(other): "other"}
        assert sorted(names[match.patient_key] for match in find_by_number(connection, KEYRING, N1)) == left
        assert [bool(_number(bridge, ref)) for ref in (one, other)] == ["one" in left, "other" in left]
        assert (bridge.person(one) == bridge.person(other)) == (belongs == "one-person")
        assert open_cases(connection) == []
        expected = "patients-linked" if belongs == "one-person" else "patients-unlinked"
        assert {event.type.split(".")[-2] for event in events} == {expected}
        entry = connection.execute(select(audit).order_by(audit.c.position.desc())).first()
        assert entry is not None
        assert (entry.who, entry.what, entry.why) == (
            "anne",
            f"NHS number settled: {belongs}",
            "read both cards",
        )

    write(work)


def test_it_stands_whatever_the_source_repeats_and_ends_with_another_number(bridge: Ward) -> None:
    one, other = _shared(bridge)
    _settle(bridge, one, "this")
    bridge.hear(Said(cause("m3"), [details(other, 60, nhs_number=N1, birth_date=OTHER, postcode="CV1 1EX")]))
    bridge.hear(Said(cause("m4"), [details(one, 61, nhs_number=N1, birth_date="1941-02-04")]))
    assert not_theirs(bridge.connection, [bridge.key(other)]) == {bridge.key(other)}
    assert (bridge.quarantined(), _number(bridge, other)) == (set(), "")
    bridge.hear(Said(cause("m5"), [details(other, 62, nhs_number=N2, birth_date=OTHER)]))
    assert not_theirs(bridge.connection, [bridge.key(other)]) == set()
    assert _number(bridge, other) == N2


def test_a_number_that_fails_its_check_is_noted_and_not_brought_up_again(bridge: Ward) -> None:
    one = bridge.patient("M1")
    bridge.hear(Said(cause("m1"), [details(one, nhs_number=BAD, birth_date=BORN)]))
    assert _settle(bridge, one, "noted") == []
    assert open_cases(bridge.connection) == []
    bridge.hear(Said(cause("m2"), [details(one, 60, nhs_number=BAD, birth_date=OTHER)]))
    assert open_cases(bridge.connection) == []
    bridge.hear(Said(cause("m3"), [details(one, 61, nhs_number=N1, birth_date=OTHER)]))
    assert _number(bridge, one) == N1
    bridge.hear(Said(cause("m4"), [details(one, 62, nhs_number=BAD, birth_date=OTHER)]))
    assert [case.cause for case in open_cases(bridge.connection)] == ["number_invalid"]


def test_what_is_not_to_be_decided_is_refused(bridge: Ward) -> None:
    one, _ = _shared(bridge)
    with pytest.raises(DecisionRefused, match="one that this case allows"):
        _settle(bridge, one, "noted")
    with pytest.raises(DecisionRefused, match="say why"):
        _settle(bridge, one, "this", " ")
    _settle(bridge, one, "this")
    with pytest.raises(DecisionRefused, match="nothing waits"):
        _settle(bridge, one, "other")
