"""What a person decides on two records that may be one person's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.people.links import DecisionRefused
from ascbridge.people.same_or_not import settle_pair
from ascbridge.storage.tables import audit, possible_match
from tests.people.test_possible_matches import say, two, waits
from tests.people.ward import ANNE, KEYRING, NOW, PREFIX, Said, Ward, cause, merged

if TYPE_CHECKING:
    from ascbridge.events.logs.envelope import ReleasedEvent


def _settle(
    ward: Ward, pair: tuple[str, str], choice: Any, why: str = "read both cards"
) -> list[ReleasedEvent]:
    return settle_pair(
        ward.connection, KEYRING, pair, choice, actor=ANNE, why=why, prefix=PREFIX, now_ms=NOW + 10
    )


def test_two_people_are_parted_with_all_their_records(bridge: Ward) -> None:
    one, other, _ = two(bridge)
    beside = bridge.patient("M3")
    say(bridge, one)
    say(bridge, beside)
    bridge.hear(Said(cause("m"), [merged(bridge, one, beside)]))
    say(bridge, other)
    assert len(waits(bridge)) == 2
    events = _settle(bridge, (bridge.key(other), bridge.key(one)), "two-people")
    assert waits(bridge) == []
    assert len(events) == 2  # of each record of the other person
    rows = bridge.connection.execute(select(possible_match)).all()
    assert [(row.state, bool(row.decided)) for row in rows] == [("settled", True)] * 2
    told = bridge.connection.execute(select(audit.c.what, audit.c.why)).all()
    assert ("possible match settled: two-people", "read both cards") in [tuple(row) for row in told]


def test_what_cannot_be_decided_is_refused(bridge: Ward) -> None:
    one, other, _ = two(bridge)
    say(bridge, one)
    pair = (bridge.key(one), bridge.key(other))
    with pytest.raises(DecisionRefused, match="nothing waits"):
        _settle(bridge, pair, "two-people")
    say(bridge, other)
    for choice, why, said in (("noted", "x", "choose one"), ("two-people", " ", "say why")):
        with pytest.raises(DecisionRefused, match=said):
            _settle(bridge, pair, choice, why)
    assert len(waits(bridge)) == 1
    _settle(bridge, pair, "one-person")
    with pytest.raises(DecisionRefused, match="nothing waits"):
        _settle(bridge, pair, "two-people")
