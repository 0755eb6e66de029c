"""Each value of a record says which message said it, in which field; what may not be shown is not shown here either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.access import Access
from ascbridge.people.membership import keys_of, restricted
from ascbridge.record.reader import read_person
from ascbridge.web.record.case_shown import anchor_of, read_case
from ascbridge.web.record.origin_shown import (
    Reading,
    Sources,
    ThingFrom,
    stay_from,
    thing_from_case,
    who_from,
)
from tests.web.record.test_care_shown import evans

if TYPE_CHECKING:
    from tests.web.city import City

CARER = {
    "id": "CR-1",
    "status": "assessed",
    "name": "Bert Evans",
    "relationship": "husband",
    "emergency_plan": "yes",
}


def origin(
    city: City, thing: str, access: Access = Access.full, contact: Access = Access.full
) -> ThingFrom | None:
    """Where a thing of Mrs Evans comes from: ``who``, ``stay``, or a kind of the council's case."""
    person_id = city.task_of(0).person_id
    sources = Sources(city.profiles, city.data_keys)

    def read(connection: Any) -> ThingFrom | None:
        keys = keys_of(connection, [person_id])[person_id]
        reading = Reading(access, contact, bool(restricted(connection, keys)))
        if thing == "who":
            return who_from(connection, sources, person_id, reading)
        if thing == "stay":
            now_ms, places = city.clock.at_ms, city.parts().sources
            record = read_person(connection, city.data_keys, person_id, now_ms=now_ms, sources=places)
            return stay_from(connection, sources, record.spells.items[0].fact, reading)
        case = read_case(connection, keys, 2)
        place = next((anchor_of(one) for one in case.of(thing)), "none")
        return thing_from_case(connection, sources, case, place, reading)

    return city.bridge.read_now(read)


def values(found: ThingFrom | None) -> dict[str, Any]:
    assert found is not None
    return {one.name: one for one in found.values}


def test_a_thing_of_the_council_leads_to_its_line_and_member(city: City) -> None:
    evans(city, carer=CARER)
    found = origin(city, "carer")
    told = values(found)
    assert told["Carer name"].said == "Bert Evans"
    assert told["Carer name"].place == "carer.name"
    assert told["Emergency plan"].place == "carer.emergency_plan"
    (where,) = {one.origin for one in told.values()}
    assert where.feed == "Adult social care case system"
    assert (where.number[0], where.received_ms) == ("T", city.clock.at_ms)
    assert "profile council-facts" in where.profile
    assert "signed off on" in where.profile
    assert found is not None
    assert set(found.rules) == {"contingency-plan/1", "related-person/1"}


def test_each_value_of_a_stay_leads_to_the_message_that_decided_it(city: City) -> None:
    told = values(origin(city, "stay"))
    ward, ready = told["Ward, room, bed"], told["Ready since"]
    assert (ward.said, ward.place) == ("W12, BAY 3, BED 4", "PV1-3")
    assert (ready.said, ready.place) == ("17 Oct 2026", "ZU1-24")
    assert told["Admitted"].origin.message_id != ready.origin.message_id
    assert told["Admitted"].recorded_ms < ready.recorded_ms


def test_details_lead_to_the_source_that_spoke_of_each_last(city: City) -> None:
    city.hear("A08", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", born="19410314",
              nhs_number="9993000019", pid={11: "1 INVENTED ROW^^COVENTRY^^CV99 1ZZ^GBR^H"})  # fmt: skip
    told = values(origin(city, "who"))
    assert (told["Family name"].said, told["Family name"].place) == ("EVANS", "PID-5.1")
    assert told["Postcode"].said == "CV99 1ZZ"
    assert "Postcode" not in values(origin(city, "who", contact=Access.none))
    assert values(origin(city, "who", access=Access.masked)) == {}


def test_nothing_leads_to_where_a_restricted_person_is_nor_to_who_is_about_them(city: City) -> None:
    evans(city, carer=CARER)
    city.hear("A08", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", born="19410314",
              nhs_number="9993000019", pid={11: "1 INVENTED ROW^^COVENTRY^^CV99 1ZZ^GBR^H"}, extra=("ZU8||||2",),
              ward="W40^BAY 9^BED 9^RKB01")  # fmt: skip
    said = str([origin(city, thing) for thing in ("who", "stay", "carer", "placement")])
    assert not [word for word in ("INVENTED ROW", "CV99", "W40", "BAY 9", "W12", "Bert") if word in said]


def test_what_nobody_said_and_what_is_erased_leads_nowhere(city: City) -> None:
    assert origin(city, "equipment") is None
    evans(city, carer=CARER)
    person_id = city.task_of(0).person_id
    for key in city.bridge.read_now(lambda c: keys_of(c, [person_id]))[person_id]:
        city.erase(key)
    assert values(origin(city, "who")) == {}
    assert "Bert" not in str(origin(city, "carer"))
