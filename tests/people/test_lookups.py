"""Finding people by number and local id, and opening a page full of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from ascbridge.events.logs.sealing import Keyring
from ascbridge.people.lookups import Match, OpenedPatient, find_by_local_id, find_by_number, open_patients
from tests.people.ward import BAD, KEYRING, N1, N2, Said, Ward, cause, details, died, merged, restricted

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

WHO = {"family_name": "HATHAWAY", "postcode": "CV1 1EX", "phones": ("02476",), "next_of_kin": "WILL"}


def test_a_number_finds_everybody_who_has_it_with_what_it_is_worth(write: Callable[..., Any]) -> None:
    def work(connection: Connection) -> None:
        bridge = Ward(connection)
        one, other, third = (bridge.patient(f"M{n}") for n in range(3))
        bridge.hear(Said(cause("m1"), [details(one, nhs_number=N1), details(third, nhs_number=BAD)]))
        bridge.hear(Said(cause("m2"), [details(other, nhs_number=N1, status="02")]))
        expected = [
            Match(bridge.key(r), bridge.person(r), s) for r, s in ((one, "verified"), (other, "unverified"))
        ]
        expected.sort(key=lambda match: match.patient_key)
        assert find_by_number(connection, KEYRING, "999 000 1006") == expected
        assert find_by_number(connection, KEYRING, N2) == []
        assert find_by_number(connection, KEYRING, BAD) == []
        assert find_by_number(connection, Keyring(bytes(32)), N1) == []

    write(work)


def test_a_local_id_finds_the_person(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("C7", "COVASC")
    bridge.hear(Said(cause("m1"), [merged(bridge, one, other)]))
    assert find_by_local_id(bridge.connection, KEYRING, "COVASC", "C7") == bridge.person(one)
    assert find_by_local_id(bridge.connection, KEYRING, "RKB", "C7") is None


def test_patients_open_with_what_is_known_and_less_where_restricted(bridge: Ward) -> None:
    free, hidden, linked, silent = (bridge.patient(f"M{n}") for n in range(4))
    bridge.hear(Said(cause("m1"), [details(free, **WHO), details(linked, **WHO), died(free)]))
    bridge.hear(
        Said(cause("m2"), [restricted(hidden), merged(bridge, hidden, linked), died(silent, died=False)])
    )
    found = open_patients(bridge.connection, bridge.data_keys, [*bridge.keys.values(), "p-unknown"])
    assert set(found) == set(bridge.keys.values())
    one, two, three = (found[bridge.key(ref)] for ref in (free, linked, silent))
    assert isinstance(one, OpenedPatient)
    assert isinstance(two, OpenedPatient)
    assert isinstance(three, OpenedPatient)
    assert (one.sealed.postcode, one.restricted, one.died, one.died_on) == (
        "CV1 1EX",
        False,
        True,
        "2026-11-02",
    )
    assert one.details is not None
    assert (one.details.source_name, one.person_id) == ("UHCW", bridge.person(free))
    assert (two.restricted, two.sealed.family_name) == (True, "HATHAWAY")
    assert (two.sealed.postcode, two.sealed.phones, two.sealed.next_of_kin) == ("", (), "")
    assert (three.details, three.sealed.family_name, three.died) == (None, "", False)


def test_a_page_of_three_hundred_takes_a_handful_of_queries(bridge: Ward) -> None:
    refs = [bridge.patient(f"M{n}") for n in range(300)]
    bridge.hear(Said(cause("m1"), [details(ref, **WHO) for ref in refs]))
    seen: list[str] = []
    event.listen(bridge.connection, "before_cursor_execute", lambda *given: seen.append(given[2]))
    found = open_patients(bridge.connection, bridge.data_keys, bridge.keys.values())
    assert len(seen) <= 4
    assert len(found) == 300
    assert all(
        isinstance(one, OpenedPatient) and one.sealed.family_name == "HATHAWAY" for one in found.values()
    )
