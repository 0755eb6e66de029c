"""Needs as flags, each from a list, and no word that anybody wrote."""

from ascbridge.record.checks import check
from ascbridge.record.mapping.care.flag import MAPPING
from tests.record.care_samples import care, made


def codes(flags: list[dict]) -> list[tuple[str, str]]:
    return [(each["category"][0]["coding"][0]["code"], each["code"]["coding"][0]["code"]) for each in flags]


def test_each_need_to_be_spoken_to_is_a_flag() -> None:
    flags = made(MAPPING, care("communication"))
    for each in flags:
        check(each)
    assert codes(flags) == [
        ("communication", "interpreter"),
        ("communication", "large-print"),
        ("communication", "speaks-through-somebody"),
    ]
    assert flags[0]["code"]["text"] == "Needs an interpreter, language pa"
    assert "CANARY" not in str(flags)


def test_what_makes_coming_in_hard_is_a_flag_and_a_diagnosis_is_none() -> None:
    flags = made(MAPPING, care("circumstances", autism="yes"))
    for each in flags:
        check(each)
    assert codes(flags) == [("access", "visual-impairment"), ("access", "autism")]


def test_a_need_that_no_list_has_or_that_is_said_twice_makes_no_flag() -> None:
    flags = made(MAPPING, care("communication", interpreter="no", needs=("odd", "braille", "braille")))
    assert codes(flags) == [("communication", "braille")]


def test_a_death_puts_them_down() -> None:
    assert {each["status"] for each in made(MAPPING, care("communication", died=True))} == {"inactive"}
