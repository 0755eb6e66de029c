"""The one table of roles and sections: what it grants, and that it grants nothing else."""

from __future__ import annotations

import pytest

from ascbridge.access import ROLES, SECTIONS, TABLE, TITLES, Access, as_role, may


def test_who_the_table_does_not_know_gets_nothing() -> None:
    for section in SECTIONS:
        assert may("nobody", section) is Access.none
        assert may("", section) is Access.none


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
        "front-door", "front-desk", "person", "contact", "take-contact", "raise-concern",
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
