"""Who is kept from a concern: by name however written, by account, by organisation, and whoever it accuses."""

from __future__ import annotations

import pytest

from ascbridge.events.facts.concerns import Concern
from ascbridge.safeguarding.exclusion import kept_from, visible
from ascbridge.safeguarding.vault import Insider


def concern(**more: object) -> Concern:
    return Concern(**({"concern": "c1", "reference": "SG-1", "team": "intake"} | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Gareth Evans", "gareth  EVANS", "EVANS, Gareth", "Gareth Evans "])
def test_a_name_keeps_out_however_it_is_written(name: str) -> None:
    assert kept_from(concern(excluded_accounts=("Gareth Evans",)), Insider(name, "safeguarding"))


def test_whoever_is_named_as_the_source_of_risk_is_kept_out_as_a_person_and_as_an_organisation() -> None:
    accusing = concern(source_named=("Gareth Evans", "Sunny Care Ltd"))
    assert kept_from(accusing, Insider("Gareth Evans", "safeguarding"))
    assert kept_from(accusing, Insider("Nia Brown", "safeguarding", organisation="SUNNY CARE LTD"))
    assert not kept_from(accusing, Insider("Nia Brown", "safeguarding", organisation="Coventry"))


def test_an_account_and_an_organisation_keep_out() -> None:
    hidden = concern(excluded_accounts=("sub-77",), excluded_organisations=("UHCW",))
    assert kept_from(hidden, Insider("Nia Brown", "safeguarding", account="sub-77"))
    assert kept_from(hidden, Insider("Nia Brown", "safeguarding", organisation="uhcw"))
    assert not kept_from(hidden, Insider("Nia Brown", "safeguarding", account="sub-78", organisation=""))


def test_nothing_written_keeps_nobody_out() -> None:
    assert not kept_from(
        concern(excluded_accounts=("", " - "), source_named=("",)), Insider("", "safeguarding")
    )


@pytest.mark.parametrize(
    "role, teams",
    [
        ("safeguarding", {"intake", "hospital", "mental-health", "out-of-hours"}),
        ("safeguarding-hospital", {"hospital"}),
        ("safeguarding-mental-health", {"mental-health"}),
        ("out-of-hours", {"out-of-hours"}),
        ("discharge-team", set()),
        ("auditor", set()),
        ("", set()),
    ],
)
def test_a_role_sees_its_own_teams_alone(role: str, teams: set[str]) -> None:
    every = ("intake", "hospital", "mental-health", "out-of-hours", "")
    assert {team for team in every if visible(concern(team=team), Insider("Nia", role))} - {""} == teams
