"""What a person's worker works as, as FHIR."""

from ascbridge.record.checks import check
from ascbridge.record.mapping.care.practitioner_role import MAPPING
from tests.record.care_samples import care, made


def test_it_joins_the_worker_the_team_and_the_role() -> None:
    view = care("worker")
    (role,) = made(MAPPING, view)
    check(role)
    assert role["practitioner"]["reference"] == f"Practitioner/{view.part_id}.worker"
    assert role["organization"]["display"] == "Integrated Locality Team North"
    assert (role["code"], role["period"]) == ([{"text": "Social worker"}], {"start": "2026-02"})
    assert role["telecom"][0]["value"] == "024 7600 0001"


def test_without_a_worker_there_is_none_and_a_restricted_persons_has_no_telephone() -> None:
    assert made(MAPPING, care("worker", team="")) == []
    (role,) = made(MAPPING, care("worker", restricted=True, role=""))
    check(role)
    assert not {"telecom", "organization"} & role.keys()
    assert "code" not in role
