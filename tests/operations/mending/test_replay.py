"""Sending again and giving up, each with its audit entry and in the person's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.events.handlers.dead_letters import NoDeadLetter
from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.operations.finding import audit_search
from ascbridge.operations.flowing import held_and_dead
from ascbridge.operations.flowing.balance import ledgers
from ascbridge.operations.mending import replay
from ascbridge.storage.tables import held
from tests.web.faults import bury_one, hold_one

if TYPE_CHECKING:
    from tests.web.city import City

CAUSE = "a cause"
WHO = AuditEntry("work", "Ola Green", "it-operations", "")


def test_a_dead_letter_sent_again_stands_at_the_head_of_its_line_and_in_the_audit(empty_city: City) -> None:
    city = empty_city
    dead_id = bury_one(city, CAUSE)
    now_ms = city.clock.at_ms + 1
    city.bridge.write_now(lambda c: replay.send_again(c, dead_id, WHO, now_ms))
    (row,) = city.rows(held)
    assert (row.next_try_ms, row.tries) == (now_ms, 0)
    letter = city.bridge.read_now(lambda c: held_and_dead.dead_letter_of(c, dead_id))
    assert letter is not None
    assert (letter.state, letter.closed_ms) == ("replayed", now_ms)
    (entry,) = city.bridge.read_now(lambda c: audit_search.entries(c, whom=f"dead-letter:{dead_id}"))
    assert (entry.who, entry.role, entry.what) == ("Ola Green", "it-operations", "dead letter sent again")
    with pytest.raises(NoDeadLetter):
        city.bridge.write_now(lambda c: replay.send_again(c, dead_id, WHO, now_ms))
    assert len(city.bridge.read_now(audit_search.entries)) == 1


def test_giving_up_keeps_the_reason_and_the_ledger_adds_up(empty_city: City) -> None:
    city = empty_city
    dead_id = bury_one(city, CAUSE)
    who = AuditEntry("work", "Ola Green", "it-operations", "", why="sent by mistake")
    city.bridge.write_now(lambda c: replay.give_up(c, dead_id, who, city.clock.at_ms))
    (entry,) = city.bridge.read_now(lambda c: audit_search.entries(c, whom=f"dead-letter:{dead_id}"))
    assert (entry.what, entry.why) == ("dead letter dismissed", "sent by mistake")
    (hospital,) = city.bridge.read_now(ledgers)
    assert (hospital.dead, hospital.no_effect) == (0, 1)
    assert hospital.adds_up


def test_held_people_are_tried_at_once(empty_city: City) -> None:
    city = empty_city
    hold_one(city, CAUSE)
    tried = city.bridge.write_now(
        lambda c: replay.try_held_now(c, "translator", CAUSE, WHO, city.clock.at_ms)
    )
    assert tried == 1
    assert city.rows(held)[0].next_try_ms == city.clock.at_ms
    (entry,) = city.bridge.read_now(audit_search.entries)
    assert (entry.what, entry.result) == ("held people tried again", "1")
