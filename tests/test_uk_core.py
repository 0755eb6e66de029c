"""Our tables are the pinned code systems, word for word, and the builders never make what FHIR refuses."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge import uk_core
from ascbridge.uk_core import DISPLAYS, PROFILE_VERSIONS, STRUCTURES

NS = {"f": "http://hl7.org/fhir"}
OURS = Path(__file__).resolve().parent.parent / "contracts" / "fhir"
UK = sorted(system for system in DISPLAYS if system.startswith("https://fhir.hl7.org.uk/"))
OWN = sorted(system for system in DISPLAYS if system.startswith("https://fhir.coventry.gov.uk/"))


def value(node: ET.Element, path: str) -> str:
    found = node.find(path, NS)
    assert found is not None
    return found.get("value", "")


@pytest.mark.parametrize("system", UK)
def test_displays_are_those_of_the_pinned_uk_core_code_system(system: str, shared_data: Path) -> None:
    file = shared_data / "ukcore" / "codesystems" / f"CodeSystem-{system.rsplit('/', 1)[1]}.xml"
    root = ET.parse(file).getroot()  # noqa: S314  our own pinned file
    assert value(root, "f:url") == system
    concepts = {value(each, "f:code"): value(each, "f:display") for each in root.findall("f:concept", NS)}
    assert concepts == DISPLAYS[system]


@pytest.mark.parametrize("system", OWN)
def test_our_own_code_systems_are_published_as_we_use_them(system: str) -> None:
    published = json.loads((OURS / f"CodeSystem-{system.rsplit('/', 1)[1]}.json").read_text("utf-8"))
    assert published["url"] == system
    assert {each["code"]: each["display"] for each in published["concept"]} == DISPLAYS[system]


def test_nothing_is_published_that_we_do_not_use() -> None:
    assert len(list(OURS.glob("CodeSystem-*.json"))) == len(OWN)
    extension = json.loads(
        (OURS / "StructureDefinition-Extension-Coventry-DischargeDates.json").read_text("utf-8")
    )
    assert extension["url"] == uk_core.DISCHARGE_DATES_EXTENSION


@pytest.mark.parametrize("resource_type", sorted(PROFILE_VERSIONS))
def test_profile_versions_are_those_of_the_pinned_snapshot(resource_type: str, shared_data: Path) -> None:
    file = shared_data / "ukcore" / "structuredefinitions" / f"UKCore-{resource_type}.xml"
    root = ET.parse(file).getroot()  # noqa: S314  our own pinned file
    assert value(root, "f:url") == f"{STRUCTURES}UKCore-{resource_type}"
    assert value(root, "f:version") == PROFILE_VERSIONS[resource_type]
    assert value(root, "f:fhirVersion") == uk_core.FHIR_VERSION


def test_the_readme_pins_the_same_versions_as_the_code() -> None:
    readme = (OURS / "README.md").read_text("utf-8")
    told = dict(re.findall(r"^\| UKCore-(\w+) \| ([\d.]+) \|", readme, re.MULTILINE))
    assert told == PROFILE_VERSIONS


def test_discharge_method_two_is_in_our_own_system_and_never_becomes_six_or_seven() -> None:
    systems = [uk_core.DISCHARGE_METHOD, uk_core.OWN_DISCHARGE_METHOD]
    assert "2" not in DISPLAYS[uk_core.DISCHARGE_METHOD]
    made = uk_core.concept(systems, "2", "2")
    assert [each["system"] for each in made["coding"]] == [uk_core.OWN_DISCHARGE_METHOD]
    assert "him/herself or was discharged by a relative" in made["text"]


def test_a_code_nobody_knows_goes_out_in_words_only() -> None:
    assert uk_core.concept([uk_core.DISCHARGE_DESTINATION], None, "28b  home ") == {"text": "28b home"}
    assert uk_core.concept([uk_core.DISCHARGE_DESTINATION], "77", "77") == {"text": "77"}
    assert uk_core.concept([uk_core.DISCHARGE_DESTINATION], None, " ") == {}


@pytest.mark.parametrize(
    "text,wanted",
    [
        ("1940", "1940"),
        ("1940-02", "1940-02"),
        ("2024-02-29", "2024-02-29"),
        ("2023-02-29", ""),
        ("2026-11-20T09:30:00+00:00", "2026-11-20"),
        ("20261120", ""),
        ("2026-13-01", ""),
        ("0000-01-01", ""),
        ("soon", ""),
        ("", ""),
    ],
)
def test_dates_keep_their_precision_and_what_is_no_date_is_left_out(text: str, wanted: str) -> None:
    assert uk_core.partial_date(text) == wanted


def test_times_are_utc_to_the_second() -> None:
    assert uk_core.instant(1_793_000_000_999) == "2026-10-26T07:33:20Z"
    assert uk_core.instant(-62_135_596_800_000) == "0001-01-01T00:00:00Z"


@given(st.text())
def test_an_id_is_one_that_any_server_takes_and_different_keys_stay_different(text: str) -> None:
    made = uk_core.fhir_id(text)
    assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", made)
    assert re.search("[A-Za-z]", made)
    assert made == text or made.startswith("h")


@given(st.text())
def test_words_are_a_fhir_string_or_nothing(text: str) -> None:
    made = uk_core.words(text)
    assert made == made.strip()
    assert all(c.isprintable() for c in made)


def test_the_source_is_a_uri_whatever_the_correlation_id() -> None:
    assert uk_core.meta("Task", source="01998A2E-7C00-8000-8000-0000000000AA")["source"].startswith(
        "urn:uuid:01998a2e"
    )
    assert re.fullmatch(r"urn:ascbridge:message:[a-z0-9]+", uk_core.meta("Task", source="act 7")["source"])
    assert "source" not in uk_core.meta("Task")


def test_restriction_is_marked_as_national_systems_mark_it() -> None:
    assert uk_core.meta("Patient", restricted=True)["security"] == [
        {
            "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
            "code": "R",
            "display": "restricted",
        }
    ]
