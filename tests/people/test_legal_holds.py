"""What a legal hold stands on is not erased, by whichever way, until a person ends the hold; all of it is audited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.events.ledgers import audit
from ascbridge.operations.finding import audit_search
from ascbridge.people import erase, erasure_journal, legal_holds
from ascbridge.people.actor import Actor
from ascbridge.people.legal_holds import CannotHold
from ascbridge.people.requests import RequestRefused
from ascbridge.storage.tables import mending, message, patient
from tests.operations.conftest import empty_city
from tests.operations.mending.test_mend import Ward, ask, take_effect

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from tests.web.city import City

__all__ = ["empty_city"]
ANNE, BEN = (Actor(name, "information-governance", "work", sign_in=name) for name in ("Anne", "Ben"))
WHY = "inquest 12/26"


def write(city: City, work: Callable[[Connection], Any]) -> Any:
    return city.bridge.write_now(work)


def place(city: City, kind: legal_holds.Kind, about: str) -> str:
    return write(city, lambda c: legal_holds.place(c, kind, about, ANNE, WHY, None, city.clock.at_ms))


def end(city: City, hold_id: str) -> None:
    write(city, lambda c: legal_holds.end(c, hold_id, BEN, "the inquest is over", city.clock.at_ms + 1))


def ask_to_erase(city: City, person: str) -> str:
    return write(city, lambda c: erase.request_erasure(c, person, ANNE, "asked for it", city.clock.at_ms))


def approve(city: City, request: str) -> None:
    write(city, lambda c: erase.approve_erasure(c, request, BEN, city.clock.at_ms + 1))


def test_a_person_on_hold_is_neither_asked_nor_approved_nor_carried_out(empty_city: City) -> None:
    city = empty_city
    Ward(city).admit()
    (row,) = city.rows(patient)
    early = ask_to_erase(city, row.person_id)
    hold = place(city, "person", row.person_id)
    with pytest.raises(RequestRefused, match="a legal hold by Anne stands on this person"):
        approve(city, early)
    end(city, hold)
    approve(city, early)
    assert len(city.bridge.read_now(erase.approved)) == 1
    assert row.person_id.encode() in city.bridge.read_now(erasure_journal.lines)
    again = place(city, "person", row.person_id)  # between the approval and its being carried out
    assert city.bridge.read_now(erase.approved) == []
    assert city.bridge.read_now(erasure_journal.lines) == b""
    end(city, again)
    assert len(city.bridge.read_now(erase.approved)) == 1


def test_a_message_on_hold_keeps_its_person_with_original_change_who_and_why(empty_city: City) -> None:
    city = empty_city
    ward = Ward(city)
    dead_id = ward.bury(ward.admit(), "PV2|||||||||20261019")
    assert take_effect(city, ask(city, dead_id, {"PV1-14": "21"})) == "mended"
    (change,) = city.rows(mending)
    hold = place(city, "message", change.message_id)
    (row,) = city.rows(patient)
    with pytest.raises(RequestRefused, match="stands on this record"):
        ask_to_erase(city, row.person_id)
    ids = [one.message_id for one in city.rows(message)]
    assert city.bridge.read_now(lambda c: legal_holds.held_messages(c, ids)) == {change.message_id}
    (kept,) = city.rows(mending)
    assert (kept.body, kept.made_by, kept.why) == (change.body, "Ola Green", "a wrong code")
    place(city, "person", row.person_id)
    assert city.bridge.read_now(lambda c: legal_holds.held_messages(c, ids)) == set(ids)
    end(city, hold)
    assert [one.kind for one in city.bridge.read_now(legal_holds.standing)] == ["person"]
    assert [one.hold_id for one in city.bridge.read_now(legal_holds.ended)] == [hold]


def test_what_cannot_be_held_or_ended_says_why_and_each_act_is_audited(empty_city: City) -> None:
    city = empty_city
    Ward(city).admit()
    (row,) = city.rows(patient)
    for kind in legal_holds.KINDS:
        with pytest.raises(CannotHold, match=f"no such {kind}"):
            place(city, kind, "none")
    hold = place(city, "person", row.person_id)
    with pytest.raises(CannotHold, match="stands already"):
        place(city, "person", row.person_id)
    for why, said in ("", "say why"), ("over", "no such hold"):
        with pytest.raises(CannotHold, match=said):
            write(city, lambda c, why=why: legal_holds.end(c, "none", BEN, why, 1))
    with pytest.raises(CannotHold, match="say why"):
        write(city, lambda c: legal_holds.place(c, "person", row.person_id, ANNE, " ", None, 1))
    end(city, hold)
    with pytest.raises(CannotHold, match="ended already"):
        end(city, hold)
    said = [(one.who, one.what, one.whom, one.why) for one in city.bridge.read_now(audit_search.entries)]
    assert sorted(said) == [
        ("Anne", "legal hold placed", row.person_id, WHY),
        ("Ben", "legal hold ended", row.person_id, "the inquest is over"),
    ]
    day = audit.day_of(city.clock.at_ms)
    assert city.bridge.read_now(lambda c: audit.verify(c, "work", day)) == []
