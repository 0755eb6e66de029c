"""Councils, hospitals and teams: the same name gives the same resource."""

from ascbridge.record.checks import check
from ascbridge.record.mapping.organization import council_organization, hospital, hospital_id, team, team_id
from ascbridge.uk_core import ODS_ORGANIZATION
from tests.record.samples import COUNCIL


def test_a_hospital_is_known_by_its_ods_code_alone() -> None:
    made = hospital("RKB")
    assert made["id"] == hospital_id(" RKB ") == "RKB"
    assert made["identifier"] == [{"system": ODS_ORGANIZATION, "value": "RKB"}]
    assert "name" not in made


def test_a_team_is_part_of_the_council_and_does_not_change_with_letters_case() -> None:
    made = team("Community Discharge Team", COUNCIL)
    assert made["partOf"]["reference"] == f"Organization/{council_organization(COUNCIL)['id']}"
    assert team_id("community  discharge team") == made["id"]
    assert team_id("Emergency Out of Hours") != made["id"]


def test_an_ods_code_that_is_no_id_still_gives_a_valid_resource() -> None:
    check(hospital("St. Elsewhere's"))
    check(council_organization(COUNCIL))
