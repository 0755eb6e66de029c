"""What is seen to be about safeguarding, and what only looks like it."""

from __future__ import annotations

import pytest

from ascbridge.people.telling_words import SNOMED, codes_in, says, tells

_D = ("0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043",
      "8765932104", "9876543210")  # fmt: skip
_P = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def checks(code: str) -> bool:
    """Whether the last digit is Verhoeff's of the others, as that of every SNOMED CT identifier is."""
    found = 0
    for place, digit in enumerate(reversed(code)):
        found = int(_D[found][int(_P[place % 8][int(digit)])])
    return found == 0


def test_every_code_is_one_that_checks() -> None:
    assert [code for code in SNOMED if not checks(code)] == []
    assert not checks("766561000000108")


@pytest.mark.parametrize(
    "text",
    [
        *SNOMED,
        "a Safeguarding enquiry",
        "safeguard",
        "SAFE-GUARDING",
        "MARAC",
        "known to mappa",
        "Position of Trust",
        "channel panel",
        "s42 enquiry",
        "under section 42",
        "AL1|1||SGC",
        '{"concern": {}}',
        '{"abuse_types":["physical"]}',
    ],
)
def test_what_says_so_is_seen(text: str) -> None:
    assert tells(text.encode())
    assert says(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ADT^A01",
        "no concerns",
        "section 4",
        "Maracaibo Street",
        "Channel 4",
        "UNIVERSITY HOSPITALS NHS TRUST",
        "9993000019",
        "a position",
        "S421",
        "MSGCX",
        "76656100000010",
        "guardian",
        "Deprivation of Liberty Safeguards",
        "7665610000001099",
    ],
)
def test_what_only_looks_like_it_is_not(text: str) -> None:
    assert not tells(text.encode())
    assert not says(text)


def test_a_name_is_a_name() -> None:
    assert says("MARAC^IVAN")
    assert not says("MARAC^IVAN", names=True)
    assert says("SAFEGUARDING^TEAM", names=True)


def test_codes_are_found_each_once_in_order() -> None:
    assert codes_in("416936003^x~766561000000109^y~416936003") == ("416936003", "766561000000109")
