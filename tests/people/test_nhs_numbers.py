"""NHS numbers, by the table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.people.nhs_numbers import checks, number_state, standard, verification_status

GOOD = ["9434765919", "943 476 5919", "943-476-5919", " 9434765919 ", "9990001006", "4010000090"]
BAD = {
    "one digit wrong": "9434765918",
    "two digits swapped": "9437465919",
    "nine digits": "943476591",
    "eleven digits": "94347659190",
    "a letter": "943476591O",
    "check digit would be ten": "4010000040",
    "Arabic digits": "\u0669\u0664\u0663\u0664\u0667\u0666\u0665\u0669\u0661\u0669",
    "full-width digits": "\uff19\uff14\uff13\uff14\uff17\uff16\uff15\uff19\uff11\uff19",
    "all noughts": "0000000000",
    "all nines": "9999999999",
    "all ones": "1111111111",
    "words": "not known",
    "a decimal point": "943476591.9",
}


@pytest.mark.parametrize("number", GOOD)
def test_a_good_number_checks(number: str) -> None:
    assert checks(number)


@pytest.mark.parametrize("number", BAD.values(), ids=BAD.keys())
def test_an_invalid_number_does_not_check_and_is_invalid_whatever_its_status(number: str) -> None:
    assert not checks(number)
    assert number_state(number, "01") == "invalid"


@given(st.from_regex(r"[0-9]{9}", fullmatch=True), st.integers(0, 8), st.integers(1, 9))
def test_no_single_wrong_digit_goes_unnoticed(nine: str, place: int, by: int) -> None:
    weights = sum(int(digit) * (10 - at) for at, digit in enumerate(nine))
    number = nine + str(-weights % 11)
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert not (checks(number) and checks(wrong))


@pytest.mark.parametrize(
    "status, state",
    [("01", "verified"), ("NSTS01", "verified"), ("", "unverified"), ("99", "unverified")]
    + [(f"0{n}", "unverified") for n in range(2, 9)],
)
def test_only_status_01_verifies(status: str, state: str) -> None:
    assert number_state("9434765919", status) == state


@pytest.mark.parametrize("number", ["", "  ", "--"])
def test_no_number_is_none(number: str) -> None:
    assert number_state(number, "01") == "none"


@pytest.mark.parametrize(
    "text, status",
    [
        ("NSTS07", "07"),
        ("nsts01", "01"),
        ("08", "08"),
        ("09", ""),
        ("00", ""),
        ("1", ""),
        ("", ""),
        ("\u0660\u0661", ""),
    ],
)
def test_a_status_is_read_from_table_0445_or_bare(text: str, status: str) -> None:
    assert verification_status(text) == status


def test_a_number_is_written_without_spaces() -> None:
    assert standard(" 943 476-5919") == "9434765919"
