"""Who a reply is about: by the hospital's own numbers, and nothing of where anybody is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.replies.addressing import told_of
from ascbridge.replies.reply_store import next_due
from tests.replies.stay import WHO, ready
from tests.web.city import zu1

if TYPE_CHECKING:
    from ascbridge.replies.rri import Told
    from tests.web.city import City


def told(city: City) -> Told | None:
    def read(connection):  # type: ignore[no-untyped-def]  # a store is a function of a connection
        queued = next_due(connection, "uhcw", city.clock.at_ms)
        assert queued is not None
        return told_of(connection, city.data_keys, queued, 1, lambda _: ("why", "next"))

    return city.bridge.read_now(read)  # type: ignore[no-any-return]


def test_the_numbers_are_those_that_the_hospital_gave(city: City) -> None:
    ready(city)
    found = told(city)
    assert found is not None
    assert (found.local_id, found.nhs_number, found.visit_number, found.authority) == (
        "L1",
        "9993000019",
        "V1",
        "RKB",
    )
    assert (found.family_name, found.given_names, found.birth_date) == ("OKONKWO", ("ADA",), "1941-03-14")
    assert (found.progress, found.reason_words, found.next_words) == ("received", "why", "next")


def test_a_number_that_fails_its_check_is_not_told(city: City) -> None:
    who = {**WHO, "nhs_number": "9993000010"}
    city.hear("A01", **who)
    city.hear("A16", **who, extra=(zu1("Y", "20261018"),))
    found = told(city)
    assert found is not None
    assert (found.nhs_number, found.local_id) == ("", "L1")


def test_of_an_erased_person_there_is_nothing_to_tell(city: City) -> None:
    ready(city)
    city.erase(city.task_of().patient_key)
    assert told(city) is None
