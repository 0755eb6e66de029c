"""Keys are given once, mean nothing, and are the same for whoever asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.events.logs.envelope import Ref
from ascbridge.events.logs.sealing import Keyring
from ascbridge.people.identities import given, in_lists, key_of, keys_for, known, ref_of
from ascbridge.storage.tables import identity
from tests.people.ward import KEYRING, NOW

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENT = Ref("patient", "RKB", "M0012345")
VISIT = Ref("spell", "RKB", "V778")
LANE = Ref("lane", "itk-v24", "MSG00001")


def test_a_key_is_given_at_first_sight_and_never_again(write: Callable[..., Any]) -> None:
    first = write(lambda c: keys_for(c, KEYRING, [PATIENT, VISIT, LANE, PATIENT], NOW))
    again = write(lambda c: keys_for(c, KEYRING, [LANE, PATIENT, VISIT], NOW + 5))
    assert first == again
    assert re.fullmatch(r"p[0-9a-f]{32}", first[PATIENT])
    assert re.fullmatch(r"s[0-9a-f]{32}", first[VISIT])
    assert re.fullmatch(r"l[0-9a-f]{32}", first[LANE])
    assert {key[1:13] for key in first.values()} == {f"{NOW:012x}"}, "what is given together lies together"
    assert len({key[13:] for key in first.values()}) == 3
    assert write(lambda c: given(c, [first[PATIENT]])) == {first[PATIENT]: ("RKB", NOW)}


def test_the_same_number_of_another_hospital_or_kind_is_somebody_else(write: Callable[..., Any]) -> None:
    refs = [
        Ref("patient", "RKB", "1"),
        Ref("patient", "RJC", "1"),
        Ref("spell", "RKB", "1"),
        Ref("patient", "RK", "B1"),
    ]
    assert len(set(write(lambda c: keys_for(c, KEYRING, refs, NOW)).values())) == 4


def test_asking_gives_nothing(write: Callable[..., Any]) -> None:
    assert write(lambda c: known(c, KEYRING, [PATIENT])) == {}
    keys = write(lambda c: keys_for(c, KEYRING, [PATIENT], NOW))
    assert write(lambda c: known(c, KEYRING, [PATIENT, VISIT])) == keys


def test_the_table_names_nobody_and_another_master_key_finds_nothing(write: Callable[..., Any]) -> None:
    write(lambda c: keys_for(c, KEYRING, [PATIENT], NOW))
    rows = write(lambda c: [tuple(row) for row in c.execute(select(identity))])
    assert "M0012345" not in repr(rows)
    assert write(lambda c: known(c, Keyring(bytes(32)), [PATIENT])) == {}


def test_more_refs_than_one_query_takes(write: Callable[..., Any]) -> None:
    refs = [Ref("patient", "RKB", str(n)) for n in range(1201)]
    keys = write(lambda c: keys_for(c, KEYRING, refs, NOW))
    assert len(set(keys.values())) == 1201
    assert [len(part) for part in in_lists(refs)] == [500, 500, 201]


def test_a_key_stands_for_itself_where_a_message_names_nobody() -> None:
    assert key_of({}, ref_of("p1")) == "p1"
    assert key_of({PATIENT: "p2"}, PATIENT) == "p2"
    with pytest.raises(KeyError):
        key_of({}, PATIENT)
