"""Which base looks after a postcode: the longest part decides, and no two claim the same."""

import pytest

from ascbridge.reference.in_force import ReferenceLists
from ascbridge.reference.list_files import BadList
from tests.reference.lists import LOCALITIES, made


@pytest.mark.parametrize(
    "postcode, name",
    [
        ("CV2 9ZZ", "North base"),
        ("CV2 1ZZ", "South base"),
        ("cv2 1ab", "South base"),
        ("CV64AA", "North base"),
        ("CV6 5AA", "South base"),
        ("CV21 9ZZ", "South base"),  # its district is CV21: only the area fits
        ("B1 1AA", ""),
        ("CV2", ""),
        ("", ""),
        ("CV2 9ZZ, or near", ""),
    ],
)
def test_the_longest_part_decides(postcode: str, name: str) -> None:
    assert made("localities", LOCALITIES).of(postcode) == name


def test_a_part_that_two_claim_or_that_is_none_is_told() -> None:
    with pytest.raises(BadList) as fault:
        made("localities", LOCALITIES.replace('"CV"]', '"cv2", "CV 6", "2CV"]'))
    assert fault.value.lines == (
        "locality 2 (South base), postcodes: 'CV 6' is no part of a postcode, such as CV1, CV1 2 or CV1 2AB",
    )
    with pytest.raises(BadList, match="CV2 is claimed by North base and by South base"):
        made("localities", LOCALITIES.replace('"CV"]', '"cv2"]'))
    with pytest.raises(BadList, match="locality North base stands there twice"):
        made("localities", LOCALITIES.replace("South", "North").replace('"CV"]', '"CV"]'))


def test_bases_in_words() -> None:
    things = made("localities", LOCALITIES).things()
    assert [(one.name, one.said["postcodes"]) for one in things] == [
        ("North base", "CV2, CV6 4"),
        ("South base", "CV2 1, CV2 1AB, CV"),
    ]


def test_nobody_is_anywhere_while_no_base_is_known() -> None:
    assert ReferenceLists().localities(0).of("CV1 1AA") == ""
