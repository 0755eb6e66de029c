"""The one table of organisations, roles, sections and sensitivities: what it grants, and that it grants nothing else."""

from __future__ import annotations

import pytest

from ascbridge import access
from ascbridge.access import (
    GRANTED,
    ORGANISATIONS,
    ROLES,
    SECTIONS,
    SENSITIVITY,
    TABLE,
    TITLES,
    Access,
    Section,
    as_role,
    holds,
    organisation_at,
    organisation_of,
)


def may(role: str, section: Section) -> Access:
    """What a role gets at the council itself."""
    return access.may("council", role, section)


def reached(organisation: str) -> dict[str, set[str]]:
    """The sections that each role gets there at all."""
    found: dict[str, set[str]] = {}
    for (at, role, section), granted in GRANTED.items():
        if at == organisation and granted:
            found.setdefault(role, set()).add(section)
    return found


def test_who_the_table_does_not_know_gets_nothing() -> None:
    for section in SECTIONS:
        assert may("nobody", section) is Access.none
        assert may("", section) is Access.none
        for role in ROLES:
            assert access.may("", role, section) is Access.none
            assert access.may("elsewhere", role, section) is Access.none
    assert not holds("elsewhere", "discharge-team")
    assert not holds("council", "nobody")


def test_every_role_has_a_row_and_a_title() -> None:
    assert set(TABLE) == set(ROLES) == set(TITLES)
    assert {section for row in TABLE.values() for section in row} == set(SECTIONS)


def test_it_operations_and_overseers_see_no_record_content() -> None:
    for section in ("worklist", "desk", "person", "contact", "fhir", "audit"):
        assert may("it-operations", section) is Access.none
    for role in ("information-governance", "auditor"):
        assert may(role, "person") is Access.masked
        assert may(role, "contact") is Access.none
        assert may(role, "desk") is Access.none
        assert may(role, "fhir") is Access.none


def test_the_front_door_is_for_those_who_work_there_and_out_of_hours_and_overseers_look() -> None:
    assert {role: may(role, "front-door") for role in ROLES if may(role, "front-door")} == {
        "front-door": Access.full,
        "out-of-hours": Access.full,
        "information-governance": Access.masked,
        "auditor": Access.masked,
    }
    assert {role for role in ROLES if may(role, "front-desk")} == {"front-door"}
    assert set(TABLE["front-door"]) == {
        "front-door", "front-desk", "person", "contact", "take-contact", "raise-concern", "take-away",
    }  # fmt: skip


@pytest.mark.parametrize("role", [role for role in ROLES if role != "it-operations"])
def test_only_it_operations_sends_again(role: str) -> None:
    assert may(role, "repair") is Access.none
    assert may("it-operations", "repair") is Access.full


def test_only_those_who_answer_for_it_see_the_audit() -> None:
    assert {role for role in ROLES if may(role, "audit")} == {"information-governance", "auditor"}


def test_only_information_governance_settles_who_is_who_and_an_auditor_looks_without_names() -> None:
    found = {role: may(role, "settle") for role in ROLES if may(role, "settle")}
    assert found == {"information-governance": Access.full, "auditor": Access.masked}


def test_only_duty_workers_take_contacts_and_only_information_governance_looks_at_openings() -> None:
    assert {role for role in ROLES if may(role, "take-contact")} == {"front-door", "out-of-hours"}
    found = {role: may(role, "openings") for role in ROLES if may(role, "openings")}
    assert found == {"information-governance": Access.full, "auditor": Access.masked}


def test_out_of_hours_sees_what_is_urgent_and_of_discharge_work_no_more() -> None:
    for section in ("worklist", "desk", "hold", "fhir", "operations", "audit"):
        assert may("out-of-hours", section) is Access.none
    assert {role: may(role, "night") for role in ROLES if may(role, "night")} == {
        "discharge-team": Access.full,
        "out-of-hours": Access.full,
        "information-governance": Access.masked,
        "auditor": Access.masked,
    }


def test_none_is_false_and_the_others_are_not() -> None:
    assert not Access.none
    assert Access.masked
    assert Access.full


def test_a_role_is_read_from_text_only_where_there_is_one() -> None:
    assert as_role("auditor") == "auditor"
    assert as_role("Auditor") is None


def test_only_roles_of_safeguarding_and_out_of_hours_see_concerns_and_whoever_cares_may_raise_one() -> None:
    owners = {"safeguarding", "safeguarding-hospital", "safeguarding-mental-health", "out-of-hours"}
    assert {role for role in ROLES if may(role, "concerns")} == owners
    assert {role for role in ROLES if may(role, "concern-desk")} == owners
    raising = {"discharge-team", "locality-team", "front-door", "referring-professional"} | owners
    assert {role for role in ROLES if may(role, "raise-concern")} == raising
    assert set(TABLE["referring-professional"]) == {"raise-concern"}
    assert not may("safeguarding", "fhir"), "what is read there is audited in the bridge's own audit"


def test_the_council_grants_what_a_role_has_and_holds_every_role_but_a_trusts_machines() -> None:
    for role in ROLES:
        for section in SECTIONS:
            wanted = Access.none if role == "hospital" else TABLE[role].get(section, Access.none)
            assert may(role, section) is wanted, (role, section)


def test_no_organisation_widens_a_role() -> None:
    for organisation, role, section in GRANTED:
        assert access.may(organisation, role, section) is TABLE[role][section]  # type: ignore[index, arg-type]  # known
        assert section in ORGANISATIONS[organisation].held[role]  # type: ignore[index]  # known


def test_agency_staff_get_a_teams_pages_and_nothing_that_leaves_or_decides_or_concerns() -> None:
    found = reached("agency")
    assert set(found) == {"discharge-team", "locality-team", "front-door", "out-of-hours"}
    never = {
        "settle", "openings", "concerns", "concern-desk", "take-away", "fhir", "record-links", "repair", "reference",
        "operations", "audit", "own-tasks",
    }  # fmt: skip
    assert {section for sections in found.values() for section in sections} & never == set()
    assert found["discharge-team"] == set(TABLE["discharge-team"]) - {"fhir", "take-away"}
    assert found["out-of-hours"] >= {"night", "raise-concern"}


@pytest.mark.parametrize("trust", ["uhcw", "cwpt"])
def test_a_trust_runs_nothing_here_and_its_systems_read_by_fhir_alone(trust: str) -> None:
    found = reached(trust)
    sections = {section for sections in found.values() for section in sections}
    assert (
        sections & {"settle", "openings", "audit", "operations", "repair", "reference", "record-links"}
        == set()
    )
    assert found["integration"] == {"fhir"}
    assert found["hospital"] == {"own-tasks"}
    assert {role for role in found if "fhir" in found[role]} == {"integration"}


def test_concerns_are_for_the_council_and_for_those_to_whom_mental_health_was_delegated() -> None:
    seen = {(at, role) for at, role, section in GRANTED if section in {"concerns", "concern-desk"}}
    owners = {"safeguarding", "safeguarding-hospital", "safeguarding-mental-health", "out-of-hours"}
    assert seen == {("council", role) for role in owners} | {("cwpt", "safeguarding-mental-health")}


def test_another_partner_raises_concerns_and_hears_of_its_own_tasks() -> None:
    assert reached("partner") == {"referring-professional": {"raise-concern"}, "hospital": {"own-tasks"}}


def test_whoever_cares_for_people_anywhere_may_raise_a_concern() -> None:
    machines = {"integration", "hospital"}
    for organisation, at in ORGANISATIONS.items():
        for role in set(at.held) - machines:
            if "raise-concern" in TABLE[role]:
                assert access.may(organisation, role, "raise-concern") is Access.full, (organisation, role)


def test_where_a_restricted_person_is_is_granted_to_nobody_and_every_section_has_a_sensitivity() -> None:
    assert not [name for name, at in ORGANISATIONS.items() if "restricted" in at.sees]
    assert set(SENSITIVITY) == set(SECTIONS)
    assert "restricted" not in SENSITIVITY.values()


def test_what_is_more_sensitive_than_an_organisation_sees_is_not_there() -> None:
    for (organisation, _, section), granted in GRANTED.items():
        shown = SENSITIVITY[section] if granted is Access.full else "ordinary"  # type: ignore[index]  # known
        assert shown in ORGANISATIONS[organisation].sees  # type: ignore[index]  # known


@pytest.mark.parametrize(
    "said, whose",
    [
        ("council", "council"), ("Coventry  city council", "council"), ("RKB", "uhcw"), ("UHCW", "uhcw"), ("cwpt", "cwpt"),
        ("Invented Staffing", "agency"), ("Elsewhere", ""), (" ", ""), ("['council', 'agency']", ""), ("", "council"),
    ],
)  # fmt: skip
def test_an_organisation_is_known_by_its_names_and_by_no_others(said: str, whose: str) -> None:
    assert organisation_of(said, "council", {"invented staffing": "agency"}) == whose


def test_of_whom_nothing_is_said_is_nobodys_where_no_organisation_is_our_own() -> None:
    assert organisation_of("") == ""


def test_whose_a_facility_is_follows_from_its_code_and_another_trusts_is_a_partner() -> None:
    assert [organisation_at(one) for one in ("RKB01", "RKB", "RYG", "RJC", "")] == [
        "uhcw", "uhcw", "cwpt", "partner", "partner",
    ]  # fmt: skip
