"""Urgent matters as pages show them: in words, opened for whoever may read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from ascbridge.access import Access
from ascbridge.discharge.urgent import urgent_store
from ascbridge.discharge.urgent.urgent_state import ANSWERS, UrgentStatus
from ascbridge.web.discharge.night_shown import (
    ANSWER_WORDS,
    STATUS_COLOURS,
    STATUS_WORDS,
    MatterShown,
    matters_shown,
)
from tests.web.nights import leaves_by_herself, matter_once, night_did

if TYPE_CHECKING:
    from tests.web.city import City


def shown(city: City, access: Access = Access.full) -> MatterShown:
    def read(connection: object) -> MatterShown:
        found = urgent_store.standing(connection)  # type: ignore[arg-type]  # a connection
        (only,) = matters_shown(connection, city.parts(), found, access, city.clock.at_ms)  # type: ignore[arg-type]  # the same
        return only

    return city.bridge.read_now(read)


def test_every_status_and_answer_has_its_words_and_colour() -> None:
    assert set(STATUS_WORDS) == set(STATUS_COLOURS) == set(get_args(UrgentStatus))
    assert set(ANSWER_WORDS) == set(ANSWERS)


def test_what_it_rests_on_and_what_was_done_in_words(city: City) -> None:
    id = leaves_by_herself(city)
    night_did(city, id, "ring", "ward")
    night_did(city, id, "note", text="She took a taxi")
    one = shown(city)
    assert one.because == ("the hospital's code for leaving against advice", "known to adult social care")
    assert [done.words for done in one.done] == ["Rang: The ward. Not reached", "Wrote a note"]
    assert [done.text for done in one.new] == ["", "She took a taxi"]
    assert [done.row.detail["whom"] for done in one.rung] == ["ward"]
    assert one.tonight == ()
    masked = shown(city, Access.masked)
    assert [done.text for done in masked.done] == ["", "A text that your role is not shown"]
    assert masked.person.masked


def test_what_people_said_must_be_done_tonight(city: City) -> None:
    matter_once(city)
    (said,) = shown(city).tonight
    assert (said.words, said.text) == ("Said that this is urgent", "Ring her at ten")
    assert shown(city).because == ()
