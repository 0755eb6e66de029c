"""Audit entries are found by whom, by who and by day, and a broken chain is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from ascbridge.events.ledgers.audit import AuditEntry, day_of, record
from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import audit
from tests.web.city import NOON

if TYPE_CHECKING:
    from tests.web.city import City

DAY_MS = 86_400_000


def write(city: City, at_ms: int, **said: str) -> None:
    entry = AuditEntry(**{"writer": "work", "who": "Nia", "role": "auditor", "what": "read", **said})
    city.bridge.write_now(lambda c: record(c, entry, at_ms))


def test_entries_are_found_by_whom_who_and_day_newest_first(empty_city: City) -> None:
    write(empty_city, NOON, whom="n1")
    write(empty_city, NOON + 1, whom="n2", who="Ola")
    write(empty_city, NOON + DAY_MS, whom="n1", who="Ola")

    def found(**wanted: object) -> list[tuple[str, str]]:
        rows = empty_city.bridge.read_now(lambda c: audit_search.entries(c, **wanted))  # type: ignore[arg-type]
        return [(one.whom, one.who) for one in rows]

    assert found() == [("n1", "Ola"), ("n2", "Ola"), ("n1", "Nia")]
    assert found(whom="n1") == [("n1", "Ola"), ("n1", "Nia")]
    assert found(who="Ola", day=day_of(NOON)) == [("n2", "Ola")]
    last = empty_city.bridge.read_now(audit_search.entries)[-1]
    assert found(before=last.position + 1) == [("n1", "Nia")]


def test_a_changed_entry_breaks_its_chain_and_no_others(empty_city: City) -> None:
    write(empty_city, NOON)
    write(empty_city, NOON, writer="cli")
    day = day_of(NOON)
    assert empty_city.bridge.read_now(lambda c: audit_search.chains(c, day)) == {"work": [], "cli": []}
    empty_city.bridge.write_now(
        lambda c: c.execute(update(audit).where(audit.c.writer == "cli").values(who="X"))
    )
    chains = empty_city.bridge.read_now(lambda c: audit_search.chains(c, day))
    assert chains["work"] == []
    assert [one.kind for one in chains["cli"]] == ["changed"]
