"""A link opens one record once, within its time; whose it is cannot be read off it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from ascbridge.relationship.record_links import KEPT_MS, LinkRefused, follow, is_ours, make
from ascbridge.storage.tables import record_link
from tests.people.ward import KEYRING, NOW, empty_bridge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

PERSON = "n1a"
MINUTE = 60_000


@pytest.fixture
def connection() -> Iterator[Connection]:
    with empty_bridge() as made:
        yield made


def _made(connection: Connection, now_ms: int = NOW) -> str:
    return make(connection, KEYRING, PERSON, "case system", now_ms, now_ms + MINUTE)


def test_a_link_opens_once(connection: Connection) -> None:
    code = _made(connection)
    assert is_ours(KEYRING, code)
    assert follow(connection, KEYRING, code, NOW + MINUTE - 1) == (PERSON, "case system")
    with pytest.raises(LinkRefused) as refused:
        follow(connection, KEYRING, code, NOW + MINUTE - 1)
    assert (refused.value.why, refused.value.person_id) == ("used", PERSON)


def test_a_link_is_too_old_after_its_time_and_unknown_a_day_later(connection: Connection) -> None:
    code = _made(connection)
    with pytest.raises(LinkRefused) as refused:
        follow(connection, KEYRING, code, NOW + MINUTE)
    assert (refused.value.why, refused.value.person_id) == ("expired", PERSON)
    _made(connection, NOW + MINUTE + KEPT_MS + 1)
    with pytest.raises(LinkRefused) as refused:
        follow(connection, KEYRING, code, NOW + 2 * KEPT_MS)
    assert (refused.value.why, refused.value.person_id) == ("expired", "")


def test_a_forged_link_is_told_from_an_old_one(connection: Connection) -> None:
    code, other = _made(connection), _made(connection)
    forged = f"{code.partition('.')[0]}.{other.partition('.')[2]}"
    for text in (forged, code[:-1], "", "x", "ä.ö"):
        assert not is_ours(KEYRING, text)
        with pytest.raises(LinkRefused) as refused:
            follow(connection, KEYRING, text, NOW)
        assert refused.value.why == "forged"
    assert follow(connection, KEYRING, code, NOW).person_id == PERSON  # a wrong guess uses nothing up


def test_the_table_holds_no_code_and_the_code_no_person(connection: Connection) -> None:
    code = _made(connection)
    row = connection.execute(select(record_link)).one()
    assert PERSON not in code
    assert not any(part in str(tuple(row)) for part in code.split("."))
