"""Two records that may be one person's without a number: found, asked about once, and gone when it no longer holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select

from ascbridge.people import casefile_store, possible_matches
from ascbridge.people.matching_table import rows
from ascbridge.people.possible_matches import MOST_ALIKE, TOO_MANY, waiting
from ascbridge.people.same_or_not import settle_pair
from ascbridge.storage.tables import possible_match
from tests.people.ward import (
    ANNE,
    KEYRING,
    N1,
    N2,
    NOW,
    PREFIX,
    Said,
    Ward,
    cause,
    decided,
    details,
    merged,
    restricted,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import Ref

MARY: dict[str, Any] = {
    "birth_date": "1941-02-03",
    "family_name": "Evans",
    "given_names": ("Mary",),
    "postcode": "CV1 1AA",
    "gender": "female",
}
HOME, AWAY = {"postcode": "CV1 1AA"}, {"postcode": "CV9 9ZZ"}
CASES: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {
    "two-numbers-all-else-same": [({"nhs_number": N1}, {"nhs_number": N2})],
    "no-number-all-else-same": [
        ({}, AWAY), ({"nhs_number": N1}, AWAY), ({}, {"nhs_number": N2, "gender": "unknown"}),
        ({}, {"family_name": "EVANS", "given_names": ("M",), "postcode": ""}),
    ],
    "no-number-sex-differs-same-home": [({}, {"gender": "male"}), ({"nhs_number": N1}, {"gender": "male"})],
    "no-number-new-family-name-same-home": [({}, {"family_name": "Moore"})],
    # and those that are nobody's business
    "two-numbers-all-else-same-sex-differs": [({"nhs_number": N1}, {"nhs_number": N2, "gender": "male"})],
    "two-numbers-other-home": [({"nhs_number": N1}, {"nhs_number": N2, **AWAY})],
    "two-numbers-other-names": [({"nhs_number": N1}, {"nhs_number": N2, "family_name": "Moore"})],
    "two-numbers-other-birth": [({"nhs_number": N1}, {"nhs_number": N2, "birth_date": "1941-02-04"})],
    "no-number-sex-differs": [({}, {"gender": "male", **AWAY})],
    "no-number-new-family-name-sex-differs": [({}, {"family_name": "Moore", "gender": "male"})],
    "no-number-new-family-name": [({}, {"family_name": "Moore", **AWAY})],
    "no-number-other-first-name": [({}, {"given_names": ("Joan",)}), ({}, {"given_names": ()})],
    "no-number-other-birth": [({}, {"birth_date": "1941-02-04"}), ({}, {"birth_date": "1941"})],
}  # fmt: skip
"""What two say, by the row that decides: every row for two who share no number."""


def say(ward: Ward, ref: Ref, recorded: int = 0, **more: Any) -> None:
    ward.hear(
        Said(cause(f"{ward.key(ref)}.{recorded}", kept=recorded), [details(ref, recorded, **(MARY | more))])
    )


def waits(ward: Ward) -> list[tuple[set[str], str]]:
    return [({one.low, one.high}, one.row) for one in waiting(ward.connection)]


def two(ward: Ward) -> tuple[Ref, Ref, set[str]]:
    one, other = ward.patient("M1"), ward.patient("C1", "council")
    return one, other, {ward.key(one), ward.key(other)}


def settle(ward: Ward, choice: Any, pair: set[str], now_ms: int = NOW) -> None:
    one, other = sorted(pair, reverse=True)
    settle_pair(
        ward.connection,
        KEYRING,
        (one, other),
        choice,
        actor=ANNE,
        why="read both cards",
        prefix=PREFIX,
        now_ms=now_ms,
    )


def test_every_row_for_two_who_share_no_number_has_its_case() -> None:
    assert set(CASES) == {row.id for row in rows() if {"differs", "missing"} & set(row.number)}


@pytest.mark.parametrize("row", CASES)
def test_what_a_row_calls_possible_waits_and_nothing_else(bridge: Ward, row: str) -> None:
    decision = next(one.decision for one in rows() if one.id == row)
    for mine, theirs in CASES[row]:
        for first, second in ((mine, theirs), (theirs, mine)):
            with bridge.connection.begin_nested() as undone:
                one, other, pair = two(bridge)
                say(bridge, one, **first)
                assert waits(bridge) == []
                say(bridge, other, **second)
                assert waits(bridge) == ([(pair, row)] if decision == "possible" else [])
                assert bridge.person(one) != bridge.person(other)
                assert bridge.quarantined() == set()
                undone.rollback()


def test_two_in_one_batch_find_one_another_and_are_asked_about_once(write: Callable[..., Any]) -> None:
    def work(connection: Connection) -> None:
        ward = Ward(connection)
        one, other, pair = two(ward)
        ward.hear(Said(cause("m1"), [details(one, **MARY), details(other, **MARY)]))
        say(ward, other, 1, phones=("024 7600 0000",))
        assert waits(ward) == [(pair, "no-number-all-else-same")]
        say(ward, other, 2, birth_date="1941-02-04")
        assert waits(ward) == []

    write(work)


def test_it_goes_when_it_no_longer_holds_and_comes_back_when_it_does(bridge: Ward) -> None:
    one, other, pair = two(bridge)
    say(bridge, one, nhs_number=N1)
    say(bridge, other)
    changes: list[dict[str, Any]] = [
        {"birth_date": "1941-02-04"}, {"given_names": ("Joan",)}, {"nhs_number": N2, **AWAY}
    ]  # fmt: skip
    for n, change in enumerate(changes):
        assert waits(bridge) == [(pair, "no-number-all-else-same")], change
        say(bridge, other, 3 * n + 1, **change)
        assert waits(bridge) == [], change
        say(bridge, other, 3 * n + 2, clears=("nhs_number",))
    say(bridge, other, 90, family_name="Moore")
    assert waits(bridge) == [(pair, "no-number-new-family-name-same-home")]
    say(bridge, one, 91, nhs_number=N1, **AWAY)  # the other side moves
    assert bridge.connection.execute(select(possible_match)).all() == []


def test_the_same_number_is_quarantines_affair(bridge: Ward) -> None:
    one, other, _ = two(bridge)
    say(bridge, one, nhs_number=N1)
    say(bridge, other, nhs_number=N1, status="02")
    assert waits(bridge) == []
    assert len(bridge.quarantined()) == 2
    say(bridge, other, 1, nhs_number=N1)
    assert (waits(bridge), bridge.person(one)) == ([], bridge.person(other))


def test_a_merge_takes_it_away_and_its_undoing_follows_who_undid_it(bridge: Ward) -> None:
    one, other, _ = two(bridge)
    third = bridge.patient("M3")
    say(bridge, one)
    say(bridge, other)
    bridge.hear(Said(cause("m3"), [merged(bridge, one, other)]))
    assert waits(bridge) == []
    say(bridge, third)  # asked of each record of the person, and shown once
    assert len(waits(bridge)) == 2
    bridge.hear(Said(cause("m4"), [decided(bridge, one, other, 4, joined=False)]))
    assert {bridge.key(one), bridge.key(other)} not in [pair for pair, _ in waits(bridge)]


def test_one_person_joins_them_and_two_people_are_never_asked_about_again(bridge: Ward) -> None:
    one, other, pair = two(bridge)
    say(bridge, one)
    say(bridge, other, **AWAY)
    settle(bridge, "two-people", pair)
    assert waits(bridge) == []
    say(bridge, other, 1, phones=("024 7600 0000",), **AWAY)
    say(bridge, other, 2, birth_date="1941-02-04", **AWAY)
    say(bridge, other, 3, **AWAY)
    assert waits(bridge) == []
    say(bridge, other, 4)  # they live at one address now: that was never decided on
    assert waits(bridge) == [(pair, "no-number-all-else-same")]
    settle(bridge, "one-person", pair, NOW + 10)
    assert (waits(bridge), bridge.person(one)) == ([], bridge.person(other))


def test_where_a_restricted_person_lives_is_not_compared(bridge: Ward) -> None:
    one, other, pair = two(bridge)
    say(bridge, one)
    say(bridge, other, gender="male")
    assert waits(bridge) == [(pair, "no-number-sex-differs-same-home")]
    bridge.hear(Said(cause("r"), [restricted(one)]))
    assert waits(bridge) == []
    say(bridge, other, 1)
    assert waits(bridge) == [(pair, "no-number-all-else-same")]
    say(bridge, other, 2, family_name="Moore")
    assert waits(bridge) == []


def test_more_than_are_compared_is_said_and_can_be_noted(write: Callable[..., Any]) -> None:
    def work(connection: Connection) -> None:
        ward = Ward(connection)
        refs = [ward.patient(f"M{n}") for n in range(MOST_ALIKE + 2)]
        for n, ref in enumerate(refs[:-1]):
            say(ward, ref, postcode=f"CV{n} 1AA")
        before = possible_matches.how_many_wait(connection)
        say(ward, refs[-1], postcode="")
        (told,) = waiting(connection, [ward.key(refs[-1])])
        assert (told.low, told.row) == (ward.key(refs[-1]), TOO_MANY)
        assert "more than 20" in told.words
        assert possible_matches.how_many_wait(connection) == before + 1
        settle_pair(
            connection, KEYRING, (told.low, ""), "noted", actor=ANNE, why="looked", prefix=PREFIX, now_ms=NOW
        )
        say(ward, refs[-1], 1, postcode="", phones=("024 7600 0000",))
        assert possible_matches.how_many_wait(connection) == before

    write(work)


def test_what_is_read_of_a_newcomer_does_not_grow_with_those_who_are_alike(bridge: Ward) -> None:
    for n in range(3 * MOST_ALIKE):
        say(bridge, bridge.patient(f"M{n}"), postcode=f"CV{n} 1AA")
    file = casefile_store.meet(bridge.connection, set(bridge.keys.values()), NOW)
    marks = {mark for one in file.patients.values() for mark in one.marks() if mark.kind == "family"}
    (found,) = possible_matches._found(bridge.connection, sorted(marks)).values()
    assert len(found) == MOST_ALIKE + 2


def test_a_message_that_changes_nothing_compared_asks_nothing(bridge: Ward) -> None:
    one, other, _ = two(bridge)
    say(bridge, one)
    say(bridge, other)
    seen: list[str] = []
    event.listen(bridge.connection, "before_cursor_execute", lambda *said: seen.append(said[2]))
    say(bridge, other, 1, phones=("024 7600 0001",))
    assert not [text for text in seen if "possible_match" in text]
