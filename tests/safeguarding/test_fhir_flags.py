"""Flags of several models are one concern; what has something attached, or is about nobody's safety, is refused."""

from __future__ import annotations

from typing import Any

import pytest

from ascbridge.safeguarding import practice_rules
from ascbridge.safeguarding.concern_words import faults
from ascbridge.safeguarding.fhir_flags import NoConcern, concern_in

SCT = "http://snomed.info/sct"
PATIENT: dict[str, Any] = {
    "resourceType": "Patient", "id": "p1", "birthDate": "1941-03-14",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9993000019"}],
    "name": [{"family": "EVANS", "given": ["MARY", "JO"]}],
}  # fmt: skip


def flag(code: str = "766561000000109", category: str = "", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Flag", "status": "active", "code": {"coding": [{"system": SCT, "code": code}]},
        "category": [{"coding": [{"code": category}]}] if category else [],
        "subject": {"reference": "Patient/p1"}, "author": {"display": "Kit Ward"},
    } | more  # fmt: skip


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "message", "entry": [{"resource": one} for one in resources]}


def test_a_flag_with_its_patient_is_a_concern_without_faults() -> None:
    found = concern_in(bundle(flag("416936003"), flag("248054003"), PATIENT), "ambulance")
    assert faults(practice_rules.load(), found) == {}
    assert (found.origin, found.place, found.abuse_types) == (
        "ambulance",
        "community",
        ("physical", "self-neglect"),
    )
    assert found.account == "At risk of physical abuse (416936003)\nSelf-neglect (248054003)"
    assert (found.adult.family_name, found.adult.given_names) == ("EVANS", "MARY JO")
    assert (found.adult.nhs_number, found.adult.birth_date) == ("9993000019", "1941-03-14")
    assert found.raised_by.name == "Kit Ward"


@pytest.mark.parametrize(
    "sent",
    [
        flag(contained=[PATIENT]),
        flag(contained=[PATIENT], subject={"reference": "#p1"}),
        flag("x", "SG", contained=[PATIENT]),
        flag("x", "SGC", contained=[PATIENT]),
        flag(contained=[PATIENT]) | {"code": {"text": "Safeguarding concern"}},
        bundle(
            {
                "resourceType": "ServiceRequest",
                "status": "active",
                "subject": {"reference": "urn:uuid:p1"},
                "reasonCode": [{"coding": [{"code": "R-SI"}], "text": "Bruises"}],
            },
            PATIENT,
        ),
    ],
)
def test_each_model_of_our_material_is_understood(sent: dict[str, Any]) -> None:
    assert concern_in(sent, "gp").adult.family_name == "EVANS"


def test_words_of_a_flag_are_taken_and_a_stay_is_a_hospitals() -> None:
    found = concern_in(
        flag(
            contained=[PATIENT],
            note=[{"text": "Afraid"}],
            extension=[{"valueString": "Of a visitor"}],
            encounter={},
        ),
        "ward",
    )
    assert found.account.splitlines()[1:] == ["Afraid", "Of a visitor"]
    assert found.place == "hospital"


def test_without_its_patient_the_reference_says_whom() -> None:
    subject = {"identifier": PATIENT["identifier"][0], "display": "Mary Evans"}
    found = concern_in(flag(subject=subject), "gp")
    assert (found.adult.family_name, found.adult.nhs_number) == ("Mary Evans", "9993000019")


@pytest.mark.parametrize(
    "sent, why",
    [
        ({}, "no active flag"),
        (PATIENT, "no active flag"),
        (flag("129839007"), "no active flag"),
        (flag("861931000000100"), "no active flag"),
        (flag(status="inactive"), "no active flag"),
        (flag(status="entered-in-error"), "no active flag"),
        (bundle({"resourceType": "ServiceRequest", "status": "revoked", "reasonCode": [{"coding": [{"code": "R-SI"}]}]}),
         "no active flag"),
        (bundle(flag(), PATIENT, {"resourceType": "Binary", "data": "QUETZAL"}), "Attachments"),
        (flag(extension=[{"valueAttachment": {"url": "x"}}]), "Attachments"),
        (flag(contained=[{"resourceType": "DocumentReference"}]), "Attachments"),
        (flag(photo={"contentType": "image/png", "data": "x"}), "Attachments"),
        (bundle(flag(), flag(subject={"reference": "Patient/p2"}), PATIENT, PATIENT | {"id": "p2"}), "several people"),
        (flag(contained=[PATIENT | {"birthDate": "x" * 300}]), "longer"),
        ({"resourceType": "Bundle", "entry": "QUETZAL"}, "no active flag"),
        (flag(category="x", subject=[]) | {"code": 7}, "no active flag"),
    ],
)  # fmt: skip
def test_what_is_no_concern_is_refused_in_words_that_quote_nothing(sent: dict[str, Any], why: str) -> None:
    with pytest.raises(NoConcern, match=why) as told:
        concern_in(sent, "gp")
    assert "QUETZAL" not in str(told.value)
