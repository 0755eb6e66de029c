"""Wards: known by site and name; never a room or a bed."""

import json

from ascbridge.events.facts.catalogue import Ward
from ascbridge.record.checks import check
from ascbridge.record.mapping.location import location, location_id
from tests.record.samples import COUNCIL

WARD = Ward(ward="Ward 31", room="ROOM-2", bed="BED-7", site="RKB01")


def test_a_ward_says_which_and_whose_and_no_bed() -> None:
    made = location(WARD, "RKB", COUNCIL)
    assert made["name"] == "Ward 31"
    assert made["managingOrganization"]["reference"] == "Organization/RKB"
    assert "BED-7" not in json.dumps(made)
    assert "ROOM-2" not in json.dumps(made)
    check(made)


def test_wards_of_the_same_name_in_two_hospitals_are_two() -> None:
    assert location_id(WARD, "RKB") != location_id(WARD, "RLT")
    assert location_id(WARD, "RKB") == location_id(WARD.model_copy(update={"bed": "8"}), "RKB")


def test_a_ward_of_a_hospital_nobody_named() -> None:
    made = location(Ward(ward="Ward 31"), "", COUNCIL)
    assert "managingOrganization" not in made
    check(made)
