"""People decide who is one person: audited, published, and stronger than any number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.events.facts.catalogue import read_fact
from ascbridge.people.links import DecisionRefused, link, linked, unlink
from ascbridge.storage.tables import audit
from tests.people.ward import ANNE, KEYRING, N1, NOW, PREFIX, Said, Ward, cause, details, merged

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import Ref, ReleasedEvent

BORN = "1941-02-03"


def _sharing(bridge: Ward, count: int, status: str = "01") -> list[Ref]:
    refs = [bridge.patient(f"M{n}") for n in range(count)]
    for n, ref in enumerate(refs):
        bridge.hear(Said(cause(f"m{n}"), [details(ref, nhs_number=N1, birth_date=BORN, status=status)]))
    return refs


def _decide(
    bridge: Ward, how: Any, one: Ref, *others: Ref, why: str = "two sisters", now: int = NOW + 50
) -> Any:
    keys = [bridge.key(ref) for ref in others]
    return how(
        bridge.connection, KEYRING, bridge.key(one), keys, actor=ANNE, why=why, prefix=PREFIX, now_ms=now
    )  # fmt: skip


def _told(events: list[ReleasedEvent]) -> set[tuple[str, str, str]]:
    facts = [(read_fact(event.type, event.data), event.subject) for event in events]
    return {(type(fact).__name__, about, getattr(fact, "other", "")) for fact, about in facts}


def test_an_unmerge_parts_them_tells_both_sides_and_is_audited(write: Callable[..., Any]) -> None:
    def work(connection: Connection) -> None:
        bridge = Ward(connection)
        one, other = _sharing(bridge, 2)
        assert bridge.person(one) == bridge.person(other)
        events = _decide(bridge, unlink, one, other)
        assert bridge.person(one) != bridge.person(other)
        a, b = bridge.key(one), bridge.key(other)
        assert _told(events) == {("PatientsUnlinked", a, b), ("PatientsUnlinked", b, a)}
        assert len({event.id for event in events}) == 2
        assert len({event.correlation_id for event in events}) == 1
        row = connection.execute(select(audit)).one()
        assert (row.who, row.what, row.whom, row.why) == (
            "anne",
            "patients unlinked",
            f"{a} {b}",
            "two sisters",
        )

    write(work)


def test_no_number_joins_again_what_a_person_parted(bridge: Ward) -> None:
    one, other = _sharing(bridge, 2)
    _decide(bridge, unlink, one, other)
    for n in range(60, 63):
        bridge.hear(Said(cause(f"m{n}"), [details(one, n, nhs_number=N1, birth_date=BORN)]))
        bridge.hear(Said(cause(f"k{n}"), [details(other, n, nhs_number="", clears=("nhs_number",))]))
        bridge.hear(Said(cause(f"l{n}"), [details(other, n + 100, nhs_number=N1, birth_date=BORN)]))
    assert bridge.person(one) != bridge.person(other)
    assert bridge.quarantined() == set()


def test_naming_every_other_key_takes_one_out_of_many_who_share_a_number(bridge: Ward) -> None:
    one, *others = _sharing(bridge, 4)
    _decide(bridge, unlink, one, *others)
    assert len({bridge.person(ref) for ref in others}) == 1
    assert bridge.person(one) != bridge.person(others[0])


def test_a_person_settles_a_shared_number_by_joining(bridge: Ward) -> None:
    one, other = _sharing(bridge, 2, status="02")
    assert len(bridge.quarantined()) == 2
    events = _decide(bridge, link, one, other, why="same lady, seen both records")
    assert bridge.person(one) == bridge.person(other)
    assert bridge.quarantined() == set()
    assert {name for name, _, _ in _told(events)} == {"PatientsLinked"}


def test_or_by_saying_that_they_are_two(bridge: Ward) -> None:
    one, other = _sharing(bridge, 2, status="02")
    _decide(bridge, unlink, one, other)
    assert bridge.quarantined() == set()


def test_the_last_decision_holds(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    bridge.hear(Said(cause("m1"), [merged(bridge, one, other)]))
    for n, how in enumerate((unlink, link, unlink)):
        _decide(bridge, how, one, other, now=NOW + 10 + n)
        assert (bridge.person(one) == bridge.person(other)) == (how is link)


@pytest.mark.parametrize("why", ["", "  "])
def test_without_a_reason_nothing_is_decided(bridge: Ward, why: str) -> None:
    one, other = _sharing(bridge, 2)
    with pytest.raises(DecisionRefused, match="say why"):
        _decide(bridge, unlink, one, other, why=why)
    assert bridge.person(one) == bridge.person(other)


def test_nobody_is_parted_from_themselves_or_from_nobody_or_from_the_unknown(bridge: Ward) -> None:
    one, other = _sharing(bridge, 2)
    for others in ((one,), (), (one, other)):
        with pytest.raises(DecisionRefused, match="at least one other"):
            _decide(bridge, unlink, one, *others)
    stranger = bridge.patient("M9")
    with pytest.raises(DecisionRefused, match="nobody has spoken of"):
        _decide(bridge, link, one, stranger)


def test_links_that_hold_are_told_with_who_said_so_and_those_undone_are_not(bridge: Ward) -> None:
    one, other = _sharing(bridge, 2)
    third, fourth = bridge.patient("M8"), bridge.patient("M9")
    bridge.hear(Said(cause("m8"), [merged(bridge, third, fourth)]))
    assert {(found.statement, found.person_id) for found in linked(bridge.connection)} == {
        ("number", bridge.person(one)),
        ("merged", bridge.person(third)),
    }
    _decide(bridge, unlink, one, other)
    assert [found.statement for found in linked(bridge.connection)] == ["merged"]
    keys = [bridge.key(third), bridge.key(fourth)]
    (found,) = linked(bridge.connection, keys)
    assert {found.low, found.high} == set(keys)
    assert linked(bridge.connection, [bridge.key(one), bridge.key(other)]) == []
