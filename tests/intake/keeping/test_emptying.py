"""What is past its retention is emptied; what is not resolved, on a legal hold or of somebody still in touch never is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from ascbridge.events.logs.envelope import first_id
from ascbridge.intake.keeping import emptying
from ascbridge.operations.finding.opening_message import CannotOpen, open_message
from ascbridge.people import legal_holds
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import mending, message, message_state, missing_effect, open_effect, patient
from tests.intake.messages import adt
from tests.operations.conftest import empty_city
from tests.operations.mending.test_mend import Ward, ask, take_effect
from tests.web.city import MINUTE, NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.events.logs.retention_rounds import Portion
    from tests.web.city import City

__all__ = ["empty_city"]
ANNE = Actor("Anne", "information-governance", "work", sign_in="Anne")
LATER = NOON + 100 * MINUTE


def at_rest(city: City) -> None:
    """Let every reader have done what it owes: this city has no shared record, and no second turn."""
    write(city, lambda c: c.execute(open_effect.delete()))
    waiting = message_state.c.state == "waiting"
    write(city, lambda c: c.execute(update(message_state).where(waiting).values(state="delivered")))


def understood(
    city: City, before_ms: int = LATER, after: str = "", most: int = 200
) -> tuple[list[str], Portion]:
    return city.bridge.read_now(lambda c: emptying.of_understood(c, after, before_ms, most))


def refused(city: City, before_ms: int = LATER) -> tuple[list[str], Portion]:
    return city.bridge.read_now(lambda c: emptying.of_refused(c, "", before_ms))


def ids(city: City) -> list[str]:
    return sorted(row.message_id for row in city.rows(message))


def as_kept(city: City) -> list[str]:
    """Ids in the order in which messages came: those of one millisecond sort by chance."""
    return [row.message_id for row in sorted(city.rows(message), key=lambda row: row.position)]


def write(city: City, work: Callable[[Connection], Any]) -> Any:
    return city.bridge.write_now(work)


def counts(said: Portion) -> tuple[int, int, int, int]:
    return said.removed, said.unresolved, said.on_hold, said.in_touch


def test_what_is_resolved_and_old_is_emptied_and_its_row_stays(empty_city: City) -> None:
    city = empty_city
    Ward(city).admit()
    Ward(city).admit()
    before = ids(city)
    at_rest(city)
    out, said = understood(city)
    assert (out, counts(said), said.after) == (before, (2, 0, 0, 0), None)
    city.kept.write_now(lambda c: emptying.empty(c, out))
    assert ids(city) == before
    assert {(row.body, row.key_id) for row in city.rows(message)} == {(b"", "")}
    assert all("A01" in row.trigger for row in city.rows(message))
    assert understood(city)[0] == []  # once


def test_what_is_young_stays_and_what_is_many_goes_a_portion_at_a_time(empty_city: City) -> None:
    city = empty_city
    for _ in range(3):
        Ward(city).admit()
    at_rest(city)
    assert understood(city, NOON - 1)[0] == []
    ward = Ward(city)
    ward.patients = 10
    for _ in range(4):
        ward.admit()
    at_rest(city)
    every, found, after = ids(city), [], ""
    while after is not None:
        some, said = understood(city, after=after, most=2)
        found += some
        after = said.after
    assert found == every


def test_what_nobody_is_done_with_stays_whatever_its_age(empty_city: City) -> None:
    city = empty_city
    ward = Ward(city)
    them = ward.admit()
    dead_id = ward.bury(them, "PV2|||||||||20261019")
    first, _ = as_kept(city)
    at_rest(city)
    out, said = understood(city)
    assert out == [first]
    assert counts(said) == (1, 1, 0, 0)  # an open dead letter
    ask(city, dead_id, {"PV1-14": "21"})
    assert understood(city)[0] == [first]
    owed = {"message_id": first, "event_id": "e", "reader": "record", "subject": "p"}
    write(city, lambda c: c.execute(open_effect.insert(), [owed]))
    assert understood(city)[0] == []
    write(city, lambda c: c.execute(open_effect.delete()))
    lost = {
        "hop": "kept",
        "feed": "itk-v24",
        "hour_ms": NOON,
        "message_id": first,
        "reader": "",
        "kept_ms": NOON,
        "found_ms": NOON,
    }
    write(city, lambda c: c.execute(missing_effect.insert(), [lost]))
    assert understood(city)[0] == []
    write(city, lambda c: c.execute(update(missing_effect).values(gone_ms=NOON)))
    assert understood(city)[0] == [first]


def test_a_code_that_nobody_mapped_keeps_its_message(empty_city: City) -> None:
    city = empty_city
    them = Ward(city).admit()
    city.hear("A03", **them, pv1={36: "ZZ"})
    _, second = as_kept(city)
    at_rest(city)
    out, said = understood(city)
    assert second not in out
    assert said.unresolved == 1


def test_a_hold_on_a_person_or_a_message_keeps_it(empty_city: City) -> None:
    city = empty_city
    Ward(city).admit()
    other = Ward(city)
    other.patients = 5
    other.admit()
    one, two = as_kept(city)
    person = next(
        row.person_id for row in city.rows(patient) if row.patient_key == city.rows(message)[0].lane
    )
    now_ms = city.clock.at_ms
    hold = write(city, lambda c: legal_holds.place(c, "person", person, ANNE, "an inquest", None, now_ms))
    at_rest(city)
    out, said = understood(city)
    assert (out, counts(said)) == ([two], (1, 0, 1, 0))
    write(city, lambda c: legal_holds.place(c, "message", two, ANNE, "an inquest", None, now_ms))
    assert counts(understood(city)[1]) == (0, 0, 2, 0)
    write(city, lambda c: legal_holds.end(c, hold, ANNE, "over", now_ms))
    assert understood(city)[0] == [one]


def test_while_something_newer_of_the_person_is_kept_nothing_of_them_goes(empty_city: City) -> None:
    city = empty_city
    them = Ward(city).admit()
    first = ids(city)
    city.clock.at_ms = LATER
    city.hear("A08", **them)
    at_rest(city)
    out, said = understood(city, LATER - MINUTE)
    assert (out, counts(said)) == ([], (0, 0, 0, 1))
    assert understood(city, LATER + MINUTE)[0] == ids(city)
    assert first[0] < first_id(LATER)


def test_refused_messages_go_by_a_time_of_their_own(empty_city: City) -> None:
    city = empty_city
    Ward(city).admit()
    city.arrive("itk-v24", adt("A40", control_id="BAD1"))
    (bad,) = [row.message_id for row in city.rows(message) if row.outcome == "refused"]
    out, said = refused(city)
    assert (out, counts(said)) == ([bad], (1, 0, 0, 0))
    assert refused(city, NOON - 1)[0] == []
    assert bad not in understood(city)[0]
    now_ms = city.clock.at_ms
    write(city, lambda c: legal_holds.place(c, "message", bad, ANNE, "an inquest", None, now_ms))
    assert counts(refused(city)[1]) == (0, 0, 1, 0)


def test_a_change_goes_with_its_message_and_who_made_it_stays(empty_city: City) -> None:
    city = empty_city
    ward = Ward(city)
    dead_id = ward.bury(ward.admit(), "PV2|||||||||20261019")
    assert take_effect(city, ask(city, dead_id, {"PV1-14": "21"})) == "mended"
    assert city.bridge.read_now(lambda c: emptying.changes_to_empty(c, ""))[0] == []
    at_rest(city)
    out, _ = understood(city)
    (change,) = city.rows(mending)
    assert change.message_id in out
    city.kept.write_now(lambda c: emptying.empty(c, out))
    changes, said = city.bridge.read_now(lambda c: emptying.changes_to_empty(c, ""))
    assert (changes, said.removed) == ([change.mending_id], 1)
    write(city, lambda c: emptying.empty_changes(c, changes))
    (left,) = city.rows(mending)
    assert (left.body, left.key_id, left.made_by, left.why) == (b"", "", change.made_by, change.why)


def test_whoever_reads_an_emptied_message_is_told_why(empty_city: City) -> None:
    city = empty_city
    Ward(city).admit()
    at_rest(city)
    out, _ = understood(city)
    city.kept.write_now(lambda c: emptying.empty(c, out))
    with pytest.raises(CannotOpen, match="past its retention"):
        write(city, lambda c: open_message(c, city.data_keys, city.profiles, out[0], ANNE, "to see", NOON))
