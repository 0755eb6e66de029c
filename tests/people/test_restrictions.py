"""A restriction is lifted by two people, and by nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.events.facts.catalogue import PatientRestrictionLifted, read_fact
from ascbridge.people.membership import restricted as restricted_keys
from ascbridge.people.requests import NoSuchRequest, RequestRefused, in_state
from ascbridge.people.restrictions import approve_release, request_release
from ascbridge.storage.tables import audit
from tests.people.ward import ANNE, BEN, NOW, PREFIX, Said, Ward, cause, merged, restricted

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import Ref

WHY = "PDS lifted it, checked by phone"


def _restricted(bridge: Ward) -> tuple[Ref, Ref]:
    one, other = bridge.patient("M1"), bridge.patient("C1", "COVASC")
    bridge.hear(Said(cause("m1"), [restricted(one), merged(bridge, one, other)]))
    return one, other


def _approve(bridge: Ward, request: str, actor: Any = BEN) -> Any:
    return approve_release(bridge.connection, request, actor, bridge.data_keys, PREFIX, NOW + 5)


def test_two_people_lift_it_for_every_key_and_each_is_told_and_audited(write: Callable[..., Any]) -> None:
    def work(connection: Connection) -> None:
        bridge = Ward(connection)
        one, other = _restricted(bridge)
        request = request_release(connection, bridge.person(one), ANNE, WHY, NOW)
        (waiting,) = in_state(connection, "asked")
        assert (waiting.request_id, waiting.asked_by, waiting.why) == (request, "anne", WHY)
        assert restricted_keys(connection, bridge.keys.values())
        events = _approve(bridge, request)
        assert not restricted_keys(connection, bridge.keys.values())
        assert {event.subject for event in events} == {bridge.key(one), bridge.key(other)}
        assert all(read_fact(event.type, event.data) == PatientRestrictionLifted() for event in events)
        assert in_state(connection, "asked") == []
        columns = (audit.c.who, audit.c.what, audit.c.whom)
        rows = [tuple(row) for row in connection.execute(select(*columns).order_by(audit.c.position))]
        assert rows == [
            ("anne", "lifting a restriction asked", bridge.person(one)),
            ("ben", "restriction lifted", bridge.person(one)),
        ]

    write(work)


def test_who_asked_cannot_approve_and_nobody_approves_twice(bridge: Ward) -> None:
    one, _ = _restricted(bridge)
    request = request_release(bridge.connection, bridge.person(one), ANNE, WHY, NOW)
    with pytest.raises(RequestRefused, match="second person"):
        _approve(bridge, request, ANNE)
    assert bridge.row(one).restricted
    _approve(bridge, request)
    with pytest.raises(RequestRefused, match="ben approved it already"):
        _approve(bridge, request)
    with pytest.raises(NoSuchRequest):
        _approve(bridge, "nothing")


def test_it_is_asked_with_a_reason_and_for_somebody_restricted(bridge: Ward) -> None:
    one, _ = _restricted(bridge)
    free = bridge.patient("M9")
    bridge.hear(Said(cause("m2"), [merged(bridge, free, free)]))
    with pytest.raises(RequestRefused, match="say why"):
        request_release(bridge.connection, bridge.person(one), ANNE, " ", NOW)
    for person, said in ((bridge.person(free), "not restricted"), ("nobody", "no such person")):
        with pytest.raises(RequestRefused, match=said):
            request_release(bridge.connection, person, ANNE, WHY, NOW)


def test_a_request_for_somebody_who_was_merged_since_is_asked_again(bridge: Ward) -> None:
    one = bridge.patient("M1", created_ms=NOW + 9)
    earlier = bridge.patient("M0", created_ms=NOW - 9)
    bridge.hear(Said(cause("m1"), [restricted(one)]))
    request = request_release(bridge.connection, bridge.person(one), ANNE, WHY, NOW)
    bridge.hear(Said(cause("m2"), [merged(bridge, earlier, one)]))
    with pytest.raises(RequestRefused, match="merged with another since"):
        _approve(bridge, request)
    assert bridge.row(one).restricted


def test_a_message_after_it_was_lifted_restricts_again(bridge: Ward) -> None:
    one, _ = _restricted(bridge)
    _approve(bridge, request_release(bridge.connection, bridge.person(one), ANNE, WHY, NOW))
    bridge.hear(Said(cause("m2"), [restricted(one, "local")]))
    assert (bridge.row(one).restricted, bridge.row(one).restriction) == (1, "local")
