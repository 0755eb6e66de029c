"""A message is opened by whoever says why, and names nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from ascbridge.operations.finding import audit_search
from ascbridge.operations.finding.opening_message import CannotOpen, open_message
from ascbridge.operations.tracing import trace
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import data_key
from tests.intake.messages import adt

if TYPE_CHECKING:
    from ascbridge.intake.hl7v2.message_parts import Part
    from tests.web.city import City

OLA = Actor("Ola Green", "it-operations", "work", "here", "s1")


def opened(city: City, control_id: str, why: str = "the ward rang") -> tuple[Part, ...]:
    (seen,) = city.bridge.read_now(lambda c: trace.find(c, control_id))
    return city.bridge.write_now(
        lambda c: open_message(c, city.data_keys, city.profiles, seen.message_id, OLA, why, city.clock.at_ms)
    )


def test_its_parts_are_shown_and_what_names_somebody_by_its_shape(city: City) -> None:
    shown = {part.place: part.shown for part in opened(city, "T0009")}
    assert "A" in shown["PID-5"]
    assert "EVANS" not in str(shown)
    (entry,) = [one for one in city.bridge.read_now(audit_search.entries) if one.what == "message opened"]
    assert (entry.who, entry.why) == ("Ola Green", "the ward rang")


def test_without_a_reason_nothing_is_opened_or_written_down(city: City) -> None:
    with pytest.raises(CannotOpen, match="Say why"):
        opened(city, "T0009", "")
    assert not [one for one in city.bridge.read_now(audit_search.entries) if one.what == "message opened"]


def test_what_was_erased_or_was_never_here_cannot_be_opened(city: City) -> None:
    city.keys.write_now(lambda c: c.execute(update(data_key).values(wrapped=None)))
    city.data_keys.__init__(city.keyring)  # type: ignore[misc]  # forget the keys that are at hand
    with pytest.raises(CannotOpen, match="erased"):
        opened(city, "T0009")
    with pytest.raises(CannotOpen, match="not kept"):
        city.bridge.write_now(
            lambda c: open_message(c, city.data_keys, city.profiles, "none", OLA, "why", city.clock.at_ms)
        )
    city.profiles = {}
    with pytest.raises(CannotOpen, match="has no profile"):
        opened(city, "T0009")


def test_a_refused_message_that_cannot_be_read_says_so(empty_city: City) -> None:
    raw = adt("A01", control_id="BAD1").replace(b"MSH|", b"MSX|", 1)
    empty_city.arrive("itk-v24", raw)
    row = empty_city.bridge.read_now(lambda c: trace.refused(c, empty_city.clock.at_ms))[0]
    with pytest.raises(CannotOpen, match="taken apart"):
        empty_city.bridge.write_now(
            lambda c: open_message(
                c,
                empty_city.data_keys,
                empty_city.profiles,
                row.message_id,
                OLA,
                "why",
                empty_city.clock.at_ms,
            )
        )
