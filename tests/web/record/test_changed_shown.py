"""What changed since a moment: a place for each thing, no value and nobody's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.access import Access
from ascbridge.people.membership import keys_of
from ascbridge.web.record.case_shown import read_case
from ascbridge.web.record.changed_shown import Change, changed_shown
from tests.web.city import MINUTE
from tests.web.record.test_care_shown import evans

if TYPE_CHECKING:
    from tests.web.city import City


FULL, MASKED, NONE = Access.full, Access.masked, Access.none


def changed(city: City, since_ms: int, *access: Access) -> tuple[Change, ...]:
    person_id = city.task_of(0).person_id

    def read(connection: Any) -> tuple[Change, ...]:
        keys = keys_of(connection, [person_id])[person_id]
        return changed_shown(
            connection, keys, read_case(connection, keys, 2), since_ms, access or (FULL, FULL)
        )

    return city.bridge.read_now(read)


def test_what_came_since_is_told_the_last_first_and_a_repeat_is_nothing(city: City) -> None:
    since = city.clock.at_ms
    assert changed(city, since) == ()
    evans(city, carer={"id": "CR-1", "status": "identified", "name": "Bert Evans"})
    evans(city, known=True)  # said once more
    city.clock.at_ms += MINUTE
    city.hear("A02", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", born="19410314",
              nhs_number="9993000019", ward="W50^BAY 1^BED 2^RKB01")  # fmt: skip
    found = changed(city, since)
    assert [one.kind for one in found if one.kind != "task"] == ["stay", "carer"]
    assert found[-1].place.startswith("carer-")
    assert "Bert" not in str(found)


def test_what_was_recorded_before_a_look_and_came_after_it_is_news(city: City) -> None:
    city.clock.at_ms -= 3 * 60 * MINUTE
    line = {"id": "IT-1", "category": "equipment", "kind": "commode", "status": "ordered"}
    recorded, since = city.clock.at_ms, city.clock.at_ms + 2 * 60 * MINUTE
    city.clock.at_ms += 3 * 60 * MINUTE
    late_line(city, recorded, line)
    (found,) = [one for one in changed(city, since) if one.kind == "equipment"]
    assert (found.kind, found.at_ms) == ("equipment", city.clock.at_ms)


def test_a_changed_name_and_address_are_told_to_whoever_may_read_them(city: City) -> None:
    since, said = (
        city.clock.at_ms,
        {"local_id": "L100", "visit": "", "born": "19410314", "nhs_number": "9993000019"},
    )
    city.clock.at_ms += MINUTE
    city.hear("A31", name="EVANS^MARY^JOY^^MRS^^L", **said)  # said once more
    assert changed(city, since) == ()
    city.clock.at_ms += MINUTE
    address = {11: "2 INVENTED WAY^^COVENTRY^^CV99 2ZZ^GBR^H"}
    city.hear("A31", name="OWEN^MARY^JOY^^MRS^^L", pid=address, **said)
    told = [("Address", "contact-title"), ("Name", "person")]
    assert [(one.what, one.place) for one in changed(city, since)] == told
    assert [one.what for one in changed(city, since, FULL, NONE)] == ["Name"]
    assert changed(city, since, MASKED, NONE) == ()
    assert changed(city, city.clock.at_ms) == ()
    city.hear("A31", name="OWEN^MARY^JOY^^MRS^^L", pid=address, extra=("ZU8||||2",), **said)
    assert not {"Name", "Address"} & {one.what for one in changed(city, since)}


def late_line(city: City, recorded_ms: int, thing: dict[str, Any]) -> None:
    """One line that was written down earlier than it comes."""
    import json

    from tests.web.city import iso

    line = {
        "id": city.control_id(), "fact": "equipment", "recorded": iso(recorded_ms), "equipment": thing,
        "person": {"council_id": "C100", "nhs_number": "9993000019", "number_status": "01", "family_name": "EVANS",
                   "given_names": ["MARY"], "birth_date": "1941-03-14", "gender": "female"},
    }  # fmt: skip
    city.arrive("council-facts", json.dumps(line).encode())
