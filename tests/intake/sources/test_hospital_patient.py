"""What an ADT message says of the person: what is sealed, what is cleared, death and restriction."""

from __future__ import annotations

from typing import Any

import pytest

from ascbridge.events.facts import catalogue as words
from ascbridge.events.logs.envelope import Draft
from ascbridge.intake.agreed import profiles
from ascbridge.intake.hl7v2.hl7 import parse
from ascbridge.intake.sources import hospital_patient
from ascbridge.intake.sources.hospital_patient import age_band
from ascbridge.intake.sources.reading import Reading
from tests.intake.messages import NHS_NUMBER, adt

ITK = profiles.read("itk-v24")
NOON = 1_791_200_000_000  # 2026-10-05


def drafts(profile: str = "itk-v24", **message: Any) -> dict[str, Draft]:
    reading = Reading(parse(adt("A31", **message)), profiles.read(profile), "A31")
    return {draft.slot: draft for draft in hospital_patient.drafts(reading)}


def details(**message: Any) -> words.PatientDetailsRecorded:
    fact = drafts(**message)["person"].fact
    assert isinstance(fact, words.PatientDetailsRecorded)
    return fact


def sealed(**message: Any) -> words.SealedPatient:
    part = drafts(**message)["person"].sealed
    assert isinstance(part, words.SealedPatient)
    return part


def test_everything_that_names_somebody_is_in_the_sealed_part() -> None:
    found = sealed(
        pid={13: "02470000000~07700900111"},
        extra=("PD1|||ELM SURGERY^^M86001|G9^GREY^ANNA^B", "NK1|1|MARLOWE^TOM^J|SON||02470000001"),
    )
    assert found == words.SealedPatient(
        nhs_number=NHS_NUMBER,
        local_id="L100",
        family_name="MARLOWE",
        given_names=("ADA", "JOY"),
        prefix="MRS",
        birth_date="1941-03-07",
        address_lines=("1 INVENTED ROW", "COVENTRY"),
        postcode="CV99 1ZZ",
        phones=("02470000000", "07700900111"),
        gp_name="ANNA B GREY",
        gp_practice="M86001",
        next_of_kin="TOM J MARLOWE",
        next_of_kin_phone="02470000001",
    )


def test_what_was_not_said_is_empty() -> None:
    found = sealed(name="", born="", nhs_number="", pid={11: "", 13: ""})
    assert found == words.SealedPatient(local_id="L100")


def test_an_alias_or_a_temporary_address_gives_way_to_the_usual_one() -> None:
    found = sealed(
        name="NIGHT^BIRD^^^^^A~MARLOWE^ADA^^^^^L",
        pid={11: "9 HOLIDAY LET^^RUGBY^^CV99 9XX^^TMP~1 INVENTED ROW^^^^CV99 1ZZ^^H"},
    )
    assert (found.family_name, found.postcode) == ("MARLOWE", "CV99 1ZZ")
    assert sealed(name="NIGHT^BIRD^^^^^A").family_name == "NIGHT"


def test_a_practice_without_a_code_has_its_name() -> None:
    assert sealed(extra=("PD1|||ELM SURGERY",)).gp_practice == "ELM SURGERY"


def test_the_open_part_says_codes_and_bands_and_no_more() -> None:
    fact = details(pid={8: "2", 15: "pan", 22: "J"})
    assert (fact.gender, fact.language, fact.ethnic_category, fact.age_band) == ("female", "pan", "J", "85+")
    assert (fact.number_state, fact.number_status) == ("verified", "01")
    assert (fact.source_name, fact.marks) == (ITK.feed.source_name, ())


@pytest.mark.parametrize(
    "number, status, state",
    [
        (NHS_NUMBER, "NSTS01", "verified"),
        (NHS_NUMBER, "NSTS02", "unverified"),
        (NHS_NUMBER, "NOBODY KNOWS", "unverified"),
        ("9993000018", "NSTS01", "invalid"),
        ("", "NSTS01", "none"),
    ],
)
def test_what_an_nhs_number_is_worth(number: str, status: str, state: str) -> None:
    assert details(nhs_number=number, pid={32: f"~~~~~{status}"}).number_state == state


def test_a_code_that_nobody_mapped_says_nothing() -> None:
    fact = details(pid={8: "X", 22: "??"})
    assert (fact.gender, fact.ethnic_category) == ("unknown", "")


def test_what_is_emptied_is_named_for_clearing() -> None:
    nulled = {"pid": {11: '""', 13: '""'}, "extra": ('PD1|||""|""', 'NK1|1|""')}
    assert set(details(**nulled).clears) == {
        "address_lines", "postcode", "phones", "gp_name", "gp_practice", "next_of_kin",
    }  # fmt: skip
    assert details(profile="uhcw", **nulled).clears == ()
    assert details().clears == ()


def test_a_profile_that_nobody_signed_marks_the_fact() -> None:
    assert details(profile="uhcw").marks == ("shadow",)


@pytest.mark.parametrize(
    "pid, death",
    [
        ({30: "Y"}, (True, "")),
        ({29: "20261004"}, (True, "2026-10-04")),
        ({29: "20261004", 30: "N"}, (True, "2026-10-04")),
        ({30: "N"}, (False, "")),
        ({29: '""'}, (False, "")),
        ({}, None),
        ({29: "20261341"}, None),
    ],
)
def test_a_death_a_withdrawn_death_and_nothing_said(
    pid: dict[int, str], death: tuple[bool, str] | None
) -> None:
    draft = drafts(pid=pid).get("death")
    if death is None:
        assert draft is None
        return
    assert draft is not None
    assert isinstance(draft.fact, words.DeathStatusRecorded)
    assert (draft.fact.died, draft.fact.died_on) == death


@pytest.mark.parametrize(
    "sent, level", [("1", "local"), ("2", "national"), ("0", None), ("", None), ("9", None)]
)
def test_only_a_restriction_that_is_stated_is_one(sent: str, level: str | None) -> None:
    draft = drafts(extra=(f"ZU8||||{sent}",)).get("restriction")
    found = (
        draft.fact.level if draft is not None and isinstance(draft.fact, words.PatientRestricted) else None
    )
    assert found == level


@pytest.mark.parametrize(
    "born, band",
    [
        ("2008-10-06", "0-17"), ("2008-10-05", "18-64"), ("1961-10-06", "18-64"), ("1961-10-05", "65-74"),
        ("1951-10-05", "75-84"), ("1941-10-06", "75-84"), ("1941-10-05", "85+"), ("1941", "85+"),
        ("1941-12", "85+"), ("", ""), ("19", ""), ("born", ""),
    ],
)  # fmt: skip
def test_an_age_has_its_band_on_the_day_of_the_birthday(born: str, band: str) -> None:
    assert age_band(born, NOON) == band


def test_no_fixed_abode_is_said_by_its_postcode() -> None:
    nowhere, somewhere = "^^^^ZZ99 3VZ^^H", "1 Any St^^^^CV1 2AB^^H"
    assert details(pid={11: nowhere}).fixed_address == "no"
    assert details(pid={11: somewhere}).fixed_address == ""


@pytest.mark.parametrize("sent, said", [
    ("E08000026", ("local", "", "")), ("E10000031", ("elsewhere", "Warwickshire County Council", "")),
    ("E99999999", ("", "", "E99999999")), ("", ("", "", "")),
])  # fmt: skip
def test_the_responsible_council_is_read_where_the_profile_says_and_never_guessed(
    sent: str, said: tuple[str, str, str]
) -> None:
    codes = {**ITK.codes, "council": {"E08000026": "local", "E10000031": "Warwickshire County Council"}}
    where = ITK.where.model_copy(update={"council": ("ZU9-1",)})
    profile = ITK.model_copy(update={"codes": codes, "where": where})
    reading = Reading(parse(adt("A31", extra=(f"ZU9|{sent}",))), profile, "A31")
    fact = next(iter(hospital_patient.drafts(reading))).fact
    assert isinstance(fact, words.PatientDetailsRecorded)
    assert (fact.residence, fact.authority, fact.authority_code) == said
