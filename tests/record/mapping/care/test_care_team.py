"""The team as FHIR: whom to call, and nobody where nobody looks after the person."""

from ascbridge.record.checks import check
from ascbridge.record.mapping.care.care_team import MAPPING
from ascbridge.record.mapping.organization import team_id
from tests.record.care_samples import care, made

TEAM = "Integrated Locality Team North"


def test_it_names_the_team_the_worker_and_how_to_call_them() -> None:
    view = care("worker")
    (team,) = made(MAPPING, view)
    check(team)
    assert (team["status"], team["name"], team["period"]) == ("active", TEAM, {"start": "2026-02"})
    assert team["telecom"][0]["value"] == "024 7600 0001"
    first, second = team["participant"]
    assert first["member"]["reference"] == f"Organization/{team_id(TEAM)}"
    assert second["member"] == {"reference": f"Practitioner/{view.part_id}.worker", "display": "Alex Sample"}
    assert second["role"] == [{"text": "Social worker"}]
    assert list(MAPPING.teams(view)) == [TEAM]


def test_a_team_alone_is_a_team() -> None:
    view = care("worker")
    (team,) = made(MAPPING, type(view)(view.person_id, view.part_id, view.fact))
    check(team)
    assert len(team["participant"]) == 1


def test_where_nobody_looks_after_a_person_the_team_is_inactive_and_names_nobody() -> None:
    view = care("worker", team="")
    (team,) = made(MAPPING, view)
    check(team)
    assert team["status"] == "inactive"
    assert "Alex" not in str(team)
    assert list(MAPPING.teams(view)) == []
    assert made(MAPPING, care("worker", died=True))[0]["status"] == "inactive"


def test_a_restricted_persons_team_is_not_named_and_has_no_telephone() -> None:
    """A locality team's base tells in which third of the city somebody is."""
    view = care("worker", restricted=True)
    (team,) = made(MAPPING, view)
    check(team)
    assert not {"telecom", "name"} & team.keys()
    assert [one["member"]["display"] for one in team["participant"]] == ["Alex Sample"]
    assert "Locality" not in str(team)
    assert team_id(TEAM) not in str(team)
    assert list(MAPPING.teams(view)) == []
