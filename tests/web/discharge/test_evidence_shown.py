"""Evidence as people read it: message, segment, value, and codes that nobody has mapped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.discharge.lists.task_story import EvidenceRow
from ascbridge.web.discharge.evidence_shown import Shown, Value, event_words, evidence_shown

if TYPE_CHECKING:
    from tests.web.city import City


def shown(city: City, data: dict[str, Any], control_id: str = "T0001", *, restricted: bool = False) -> Shown:
    from ascbridge.operations.tracing import trace

    (message,) = city.bridge.read_now(lambda c: trace.find(c, control_id))
    row = EvidenceRow(
        "e1", message.message_id, "uk.x.discharge.patient-admitted.v1", 0, 0, data, "task opened"
    )
    return city.bridge.read_now(lambda c: evidence_shown(c, [row], city.profiles, restricted=restricted))[0]


def test_each_value_says_where_in_the_message_it_stood(city: City) -> None:
    one = shown(city, {"ward": {"ward": "W1", "room": "", "bed": "4", "site": ""}, "ready": True,
                       "ready_on": "2026-10-18", "expected_discharge": "", "admitted_ms": None})  # fmt: skip
    assert (one.what, one.trigger, one.control_id) == ("Patient admitted", "A01", "T0001")
    assert one.feed == "Hospital patient administration system"
    assert one.values == (
        Value("Ward, room, bed", "PV1-3", "W1, 4"),
        Value("Ready to leave", "ZU1-22", "yes"),
        Value("Ready since", "ZU1-24", "18 Oct 2026"),
    )


def test_a_code_is_shown_as_it_came_with_what_it_is_read_as(city: City) -> None:
    values = shown(city, {"discharge_method": {"source_code": "4", "code": "1"},
                          "admission_method": {"source_code": "21", "code": "21"},
                          "discharge_destination": {"source_code": "XX", "code": None}}).values  # fmt: skip
    assert [(one.place, one.said, one.understood) for one in values] == [
        ("PV1-4", "21", True), ("PV1-36", "4, read as 1", True), ("PV1-37", "XX, not understood", False),
    ]  # fmt: skip


def test_what_was_emptied_is_told(city: City) -> None:
    (value,) = shown(city, {"clears": ["expected_discharge"]}).values
    assert value == Value("Estimated discharge", "PV2-9", "emptied by the hospital")


def test_where_a_restricted_person_is_stands_in_none(city: City) -> None:
    one = shown(city, {"ward": {"ward": "W1", "room": "", "bed": "", "site": ""}, "facility": "RKB01", "ready": False},
                restricted=True)  # fmt: skip
    assert one.values == (Value("Ready to leave", "ZU1-22", "no"),)


def test_the_councils_facts_have_no_segment(city: City) -> None:
    from ascbridge.operations.tracing.trace import find

    control = next(f"T{n:04d}" for n in range(1, 40)
                   if any(m.feed == "council-facts" for m in city.bridge.read_now(lambda c, n=n: find(c, f"T{n:04d}"))))  # fmt: skip
    (value,) = shown(city, {"known": True}, control).values
    assert value == Value("Known to social care", "", "yes")


def test_event_types_are_said_in_words() -> None:
    assert event_words("uk.x.discharge.patient-ready-for-discharge.v1") == "Patient ready for discharge"
    assert event_words("odd") == "Odd"


def test_what_an_earlier_reading_of_a_message_said_is_marked(city: City) -> None:
    row = EvidenceRow("e1", "m", "uk.x.discharge.patient-admitted.v1", 0, 0, {}, "no change", replaced=True)
    (one,) = city.bridge.read_now(lambda c: evidence_shown(c, [row], city.profiles, restricted=False))
    assert one.replaced
