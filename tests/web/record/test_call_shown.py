"""Whom to call: who looks after them, carers with what is planned, who decides, next of kin; nobody of the restricted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.access import Access
from ascbridge.people.membership import keys_of
from ascbridge.record.reader import read_person
from ascbridge.web.record.call_shown import Calls, ToCall, calls_shown
from ascbridge.web.record.care_shown import care_shown
from ascbridge.web.record.case_shown import read_case
from tests.web.record.test_care_shown import evans

if TYPE_CHECKING:
    from tests.web.city import City

CARER = {
    "id": "CR-1",
    "status": "assessed",
    "name": "Bert Evans",
    "phone": "01632 960104",
    "relationship": "husband",
}
POWER = {"id": "LP-1", "status": "held", "kind": "lasting-power-health", "name": "Ann Evans",
         "phone": "01632 960105"}  # fmt: skip


def calls(city: City, access: Access = Access.full, contact: Access = Access.full) -> Calls:
    person_id = city.task_of(0).person_id

    def read(connection: Any) -> Calls:
        keys = keys_of(connection, [person_id])[person_id]
        care = care_shown(connection, city.data_keys, keys, access, 2)
        now_ms = city.clock.at_ms
        record = read_person(
            connection, city.data_keys, person_id, now_ms=now_ms, sources=city.parts().sources
        )
        case = read_case(connection, keys, 2)
        return calls_shown(connection, city.data_keys, keys, care, case, record, (access, contact))

    return city.bridge.read_now(read)


def test_who_looks_after_them_stands_first_and_a_carer_with_what_is_planned(city: City) -> None:
    evans(city, carer={**CARER, "emergency_plan": "yes"})
    evans(city, legal_power=POWER)
    found = calls(city)
    assert found.people[0] == ToCall("Allocated worker", "Amina Yusuf", "", "Integrated Locality Team North")
    told = {(one.name, one.phone) for one in found.people[1:]}
    assert told == {("Bert Evans", "01632 960104"), ("Ann Evans", "01632 960105")}
    assert found.plan == "there is a plan for when they cannot care"


@pytest.mark.parametrize(
    "said, plan",
    [
        ({"emergency_plan": "no"}, "no plan for when they cannot care"),
        ({}, "not stated whether there is a plan for when they cannot care"),
        ({"status": "ended", "emergency_plan": "yes"}, ""),
    ],
)
def test_what_is_planned_is_never_guessed(said: dict[str, str], plan: str, city: City) -> None:
    evans(city, carer={**CARER, **said})
    assert calls(city).plan == plan


def test_next_of_kin_is_for_those_who_see_contact_details(city: City) -> None:
    city.hear("A08", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", born="19410314",
              nhs_number="9993000019", extra=("NK1|1|CANARY^KIN|SON||02470000000",))  # fmt: skip
    (kin,) = [one for one in calls(city).people if one.role == "Next of kin"]
    assert (kin.name, kin.phone) == ("KIN CANARY", "02470000000")
    assert "Next of kin" not in {one.role for one in calls(city, contact=Access.none).people}


def test_nobody_is_named_of_the_restricted_nor_to_a_masked_role(city: City) -> None:
    evans(city, carer=CARER)
    assert calls(city, Access.masked) == Calls(withheld=True)
    city.hear("A08", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", extra=("ZU8||||2",))
    assert calls(city) == Calls(withheld=True)
