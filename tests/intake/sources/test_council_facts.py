"""Council facts: lines that keep the contract say one fact each, and others are refused with their place."""

import contextlib
import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.events.facts.catalogue import (
    KnownToCare,
    PackageStated,
    PatientDetailsRecorded,
    SealedPatient,
    SealedWorker,
    WorkerAllocated,
)
from ascbridge.events.logs.envelope import Ref
from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.sources import council_facts
from ascbridge.intake.sources.door import SourceFault

CONTRACT = Path(__file__).resolve().parents[3] / "contracts" / "sources" / "council-facts"
PROFILE = read("council-facts")
IRIS = Ref("patient", "COVASC", "C0000101")
GOOD = (CONTRACT / "samples" / "good.jsonl").read_bytes().splitlines()
REFUSED = [
    json.loads(line) for line in (CONTRACT / "samples" / "refused.jsonl").read_text("utf-8").splitlines()
]


def said(raw: bytes) -> tuple:
    door = council_facts.check(raw, PROFILE)
    keys = dict.fromkeys(door.refs, "p" + "0" * 32)
    return door.translate(keys).drafts


def written(line: object) -> bytes:
    return line.encode() if isinstance(line, str) else json.dumps(line).encode()


def schema() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(
        json.loads((CONTRACT / "schema.json").read_text("utf-8")), validate_formats=True
    )


def test_the_profile_is_signed_so_that_what_the_council_says_counts():
    assert not PROFILE.shadow


@pytest.mark.parametrize("raw", GOOD)
def test_the_person_orders_the_line_and_is_the_only_one_it_names(raw):
    door = council_facts.check(raw, PROFILE)
    expected = Ref("patient", "COVASC", json.loads(raw)["person"]["council_id"])
    assert (door.lane, door.refs) == (expected, (expected,))


def test_a_line_says_who_the_person_is_with_names_in_the_sealed_part_only():
    details, known = said(GOOD[0])
    assert (details.about, details.slot, details.happened_ms) == (IRIS, "person", 1772442000000)
    assert isinstance(details.fact, PatientDetailsRecorded)
    assert details.fact.number_state == "verified"
    assert (details.fact.gender, details.fact.age_band) == ("female", "85+")
    assert details.sealed == SealedPatient(
        nhs_number="9993001015",
        local_id="C0000101",
        family_name="Testpatient",
        given_names=("Iris", "May"),
        birth_date="1938-04-12",
        address_lines=("1 Example Close", "Coventry"),
        postcode="CV99 1ZZ",
    )
    open_part = details.fact.model_dump_json() + known.fact.model_dump_json()
    assert [
        word for word in ("Testpatient", "Iris", "9993001015", "CV99", "1938-04") if word in open_part
    ] == []


def test_known_package_and_worker_are_one_fact_each():
    assert [said(raw)[1].slot for raw in GOOD[:5]] == ["known", "package", "worker", "known", "worker"]
    known, package, worker, unknown, nobody = (said(raw)[1] for raw in GOOD[:5])
    assert isinstance(known.fact, KnownToCare)
    assert (known.fact.known, unknown.fact.known) == (True, False)
    assert isinstance(package.fact, PackageStated)
    assert (package.fact.package, package.fact.status, package.fact.kind) == ("P-77", "live", "Home support")
    assert (package.fact.started_on, package.fact.ended_on) == ("2025-06-01", "")
    assert isinstance(worker.fact, WorkerAllocated)
    assert worker.fact.team == "Integrated Locality Team North"
    assert worker.sealed == SealedWorker(worker_name="Alex Sample")
    assert "Alex" not in worker.fact.model_dump_json()
    assert nobody.fact.team == ""


def test_null_empties_an_address_and_absence_says_nothing():
    assert said(GOOD[2])[0].fact.clears == ("address_lines", "postcode")
    assert said(GOOD[1])[0].fact.clears == ()


def test_the_stamp_is_the_moment_of_recording_whatever_its_offset():
    assert said(GOOD[3])[1].fact.stamp.recorded_ms == 1782984600000


@pytest.mark.parametrize(
    "number, status, state",
    [
        ("", "", "none"),
        ("9993001015", "02", "unverified"),
        ("9993001016", "01", "invalid"),
        ("9993001015", "01", "verified"),
    ],
)
def test_a_number_is_worth_what_its_digits_and_status_say(number, status, state):
    line = json.loads(GOOD[0])
    line["person"] |= {"nhs_number": number, "number_status": status}
    assert said(written(line))[0].fact.number_state == state


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["path"])
def test_a_line_that_breaks_the_contract_is_refused_with_its_place(case):
    with pytest.raises(SourceFault) as caught:
        council_facts.check(written(case["line"]), PROFILE)
    assert (caught.value.segment, caught.value.field, caught.value.answer) == (case["path"], 0, "AE")


def test_a_refusal_quotes_nothing_of_the_line():
    line = json.loads(GOOD[0])
    line["person"]["gender"] = "Testpatient Iris"
    with pytest.raises(SourceFault) as caught:
        council_facts.check(written(line), PROFILE)
    assert "Testpatient" not in f"{caught.value} {caught.value.__cause__} {caught.value.text}"


@pytest.mark.parametrize("day", ["1938-02-30", "1938-13", "0000", "1938-00-01"])
def test_a_day_that_never_was_is_refused(day):
    line = json.loads(GOOD[0])
    line["person"]["birth_date"] = day
    with pytest.raises(SourceFault) as caught:
        council_facts.check(written(line), PROFILE)
    assert caught.value.segment == "$.person.birth_date"


def test_schema_and_module_agree_on_every_sample():
    contract = schema()
    assert [contract.is_valid(json.loads(raw)) for raw in GOOD] == [True] * len(GOOD)
    readable = [case["line"] for case in REFUSED if not isinstance(case["line"], str)]
    assert [line for line in readable if contract.is_valid(line)] == []


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_arrives_is_taken_or_refused_and_nothing_else(raw):
    with contextlib.suppress(SourceFault):
        council_facts.check(raw, PROFILE)


@pytest.mark.parametrize("member", ["council_id", "family_name"])
def test_a_nul_is_refused_because_no_text_of_postgresql_holds_it(member):
    line = json.loads(GOOD[0])
    line["person"][member] = "C\x001"
    with pytest.raises(SourceFault) as caught:
        council_facts.check(written(line), PROFILE)
    assert caught.value.segment == f"$.person.{member}"


@pytest.mark.parametrize(
    "recorded", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1799-12-31T00:00:00Z"]
)
def test_a_year_that_cannot_be_meant_is_refused(recorded):
    line = json.loads(GOOD[0]) | {"recorded": recorded}
    with pytest.raises(SourceFault) as caught:
        council_facts.check(written(line), PROFILE)
    assert caught.value.segment == "$.recorded"


@pytest.mark.parametrize("name", ["started_on", "ended_on"])
def test_a_package_starts_and_ends_on_days_that_are(name):
    line = next(one for one in map(json.loads, GOOD) if one["fact"] == "package")
    line["package"] |= {name: "2026-02-30"}
    with pytest.raises(SourceFault) as caught:
        council_facts.check(written(line), PROFILE)
    assert caught.value.segment.startswith(f"$.package.{name}")
