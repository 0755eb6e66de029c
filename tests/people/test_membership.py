"""Who is which person, and who is restricted, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.people.membership import keys_of, person_of, restricted
from ascbridge.storage.tables import patient
from tests.people.ward import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection


def _people(connection: Connection, *rows: tuple[str, str, int]) -> None:
    connection.execute(
        patient.insert(),
        [
            {
                "patient_key": key,
                "person_id": person,
                "restricted": hidden,
                "first_ms": NOW,
                "changed_ms": NOW,
            }
            for key, person, hidden in rows
        ],
    )


def test_keys_and_persons_find_one_another(write: Callable[..., Any]) -> None:
    write(lambda c: _people(c, ("p3", "n1", 0), ("p1", "n1", 0), ("p2", "n2", 0)))
    assert write(lambda c: person_of(c, ["p1", "p2", "p9"])) == {"p1": "n1", "p2": "n2"}
    assert write(lambda c: keys_of(c, ["n1", "n9"])) == {"n1": ("p1", "p3")}


def test_one_restricted_key_restricts_every_key_of_the_person_and_nobody_else(
    write: Callable[..., Any],
) -> None:
    write(lambda c: _people(c, ("p1", "n1", 0), ("p2", "n1", 1), ("p3", "n3", 0), ("p4", "n4", 1)))
    assert write(lambda c: restricted(c, ["p1", "p2", "p3", "p9"])) == {"p1", "p2"}
    assert write(lambda c: restricted(c, [])) == frozenset()


def test_many_more_than_one_query_takes(write: Callable[..., Any]) -> None:
    write(lambda c: _people(c, *((f"p{n}", f"n{n // 2}", n % 2) for n in range(1200))))
    keys = [f"p{n}" for n in range(1200)]
    assert len(write(lambda c: restricted(c, keys))) == 1200
    assert len(write(lambda c: keys_of(c, [f"n{n}" for n in range(600)]))) == 600
