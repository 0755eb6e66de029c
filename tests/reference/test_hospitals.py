"""The hospitals: names by site, and what is wrong with a list."""

import pytest

from ascbridge.reference.hospitals import Hospitals
from ascbridge.reference.in_force import ReferenceLists
from ascbridge.reference.list_files import BadList, read

SHIPPED = ReferenceLists().hospitals(0)
HEAD = """kind = "hospitals"
version = 2
effective_from = 2026-01-01
agreed = false
"""
ONE = """[[hospital]]
name = "University Hospital, Coventry"
site = "RKB01"
sends = true
"""


def test_what_ships_names_the_sites_and_agrees_to_none() -> None:
    assert SHIPPED.name_of("RKB01") == "University Hospital, Coventry"
    assert SHIPPED.name_of("RX999") == "RX999"
    assert SHIPPED.by_site["RYG"].care == "mental-health"
    assert not any(one.agreed for one in SHIPPED.things())
    said = {one.name: one.said["messages"] for one in SHIPPED.things()}
    assert said["University Hospital, Coventry"] == "sent to us"
    assert said["Warwick Hospital"].endswith("entered by hand")


def test_a_list_is_read() -> None:
    found = read(HEAD + ONE)
    assert isinstance(found, Hospitals)
    assert found.by_site["RKB01"].sends


@pytest.mark.parametrize(
    "text, fault",
    [
        (HEAD, "hospital: is needed"),
        (HEAD + ONE + ONE, "site RKB01 stands there twice"),
        (HEAD + ONE.replace("RKB01", "rkb 01"), "site"),
    ],
)
def test_faults_are_told(text: str, fault: str) -> None:
    with pytest.raises(BadList) as raised:
        read(text)
    assert any(fault in line for line in raised.value.lines)
