"""The words of the city: names that a message can carry and that give nobody away."""

import re

from ascbridge.simulator.city_words import COMMUNITIES, LANGUAGES, PRACTICES, STREETS


def test_shares_are_of_a_hundred():
    assert sum(one.share for one in COMMUNITIES) == 100


def test_names_hold_no_separator_of_hl7():
    words = [word for one in COMMUNITIES for word in (*one.families, *one.women, *one.men)]
    assert [word for word in [*words, *STREETS] if re.search(r"[|^~\\&\s]", word)] == []


def test_ethnic_categories_are_those_of_the_data_dictionary_that_the_feed_maps():
    used = {category for one in COMMUNITIES for category in one.ethnic}
    assert used | set(LANGUAGES) <= set("ABCDEFGHJKLMNPRSZ")


def test_practices_are_of_no_real_code_range():
    assert [
        code for code, _, doctor, _ in PRACTICES if not (code.startswith("Y9") and doctor.startswith("G99"))
    ] == []
