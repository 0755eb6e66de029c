"""What a person decides is in the audit, by name, role, reason and place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ascbridge.events.ledgers.audit import day_of, verify
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import audit
from tests.people.ward import NOW

if TYPE_CHECKING:
    from collections.abc import Callable


def test_what_somebody_did_is_audited_and_chained(write: Callable[..., Any]) -> None:
    anne = Actor("anne", "safeguarding", "work", "127.0.0.1")
    write(lambda c: anne.did(c, "patients unlinked", "p1 p2", "two sisters", NOW))
    write(lambda c: anne.did(c, "person erased", "n1", "asked for it", NOW + 1))
    columns = audit.c
    wanted = select(columns.who, columns.role, columns.what, columns.whom, columns.why, columns.where_from)
    rows = write(lambda c: [tuple(row) for row in c.execute(wanted.order_by(columns.position))])
    assert rows[0] == ("anne", "safeguarding", "patients unlinked", "p1 p2", "two sisters", "127.0.0.1")
    assert rows[1][2:4] == ("person erased", "n1")
    assert write(lambda c: verify(c, "work", day_of(NOW))) == []


def test_who_may_be_the_same_person_is_told_by_name_and_by_sign_in() -> None:
    anne = Actor("Anne  Hall", "information-governance", "work", sign_in="link:1")
    assert anne.may_be("anne hall", "link:2")
    assert anne.may_be("Ben", "link:1")
    assert not anne.may_be("Ben", "link:2")
    assert not Actor("Ben", "information-governance", "work").may_be("Anne", "")
