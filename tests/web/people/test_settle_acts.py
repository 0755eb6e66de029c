"""One decision, its audit entry and its events are one transaction, on pages and for programs alike."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.people.links import DecisionRefused
from ascbridge.people.requests import RequestRefused
from ascbridge.storage.tables import audit, event_log, link, patient, people_request
from ascbridge.web.people.settle_acts import Decision, settle
from ascbridge.web.refusals import NothingChosen
from ascbridge.web.visitors import Visitor

if TYPE_CHECKING:
    from tests.web.city import City

ANNE = Visitor("Anne Hall", "information-governance", "session", sign_in="link:1", employer="council")
BEN = Visitor("Ben Shah", "information-governance", "session", sign_in="link:2", employer="council")


def asking(city: City, **more: Any) -> Any:
    state = SimpleNamespace(parts=city.parts(**more))
    return SimpleNamespace(app=SimpleNamespace(state=state), client=SimpleNamespace(host="127.0.0.1"))


@pytest.mark.parametrize(
    "decision,said",
    [
        (Decision("lift", "n1", "  "), "Say why"),
        (Decision("part", "n1", "two sisters"), "Choose the record"),
        (Decision("join", "n1", "one lady"), "Enter the person id"),
        (Decision("number", "p1", "seen", "perhaps"), "Choose whose"),
    ],
)
async def test_what_lacks_a_reason_or_a_choice_is_refused(city: City, decision: Decision, said: str) -> None:
    before = len(city.rows(audit))
    with pytest.raises(NothingChosen, match=said):
        await settle(asking(city), ANNE, decision)
    assert len(city.rows(audit)) == before


async def test_parting_writes_statement_audit_and_events_and_wakes_who_waits(city: City) -> None:
    woken: list[bool] = []
    person = city.task_of(0).person_id
    mine = [row.patient_key for row in city.rows(patient) if row.person_id == person]
    before = len(city.rows(event_log))
    request = asking(city, wake=lambda: woken.append(True))
    assert await settle(request, ANNE, Decision("part", person, "two  sisters", mine[0])) == person
    assert [row.statement for row in city.rows(link)].count("decided") == 1
    assert len(city.rows(event_log)) == before + 2
    entry = city.rows(audit)[-1]
    assert (entry.who, entry.role, entry.what, entry.why, entry.where_from) == (
        "Anne Hall", "information-governance", "patients unlinked", "two sisters", "session 127.0.0.1",
    )  # fmt: skip
    assert woken == [True]
    gone = next(key for key in mine if _person(city, key) != person)
    with pytest.raises(DecisionRefused, match="not this person's any more"):
        await settle(request, ANNE, Decision("part", person, "again", gone))


def _person(city: City, key: str) -> str:
    return str(next(row.person_id for row in city.rows(patient) if row.patient_key == key))


async def test_who_approves_comes_with_their_own_sign_in(city: City) -> None:
    person = city.task_of(0).person_id
    id = await settle(asking(city), ANNE, Decision("erase", person, "they asked"))
    renamed = Visitor("Cara Moss", "information-governance", "session", sign_in="link:1", employer="council")
    with pytest.raises(RequestRefused, match="who asked may not"):
        await settle(asking(city), renamed, Decision("approve", id, ""))
    assert await settle(asking(city), BEN, Decision("approve", id, "")) == id
    (row,) = city.rows(people_request)
    assert (row.asked_in, row.state, row.decided_by) == ("link:1", "approved", "Ben Shah")
