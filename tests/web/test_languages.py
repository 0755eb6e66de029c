"""Languages are said in words; a code that nobody listed is shown as it came."""

import pytest

from ascbridge.web.languages import _words, language


@pytest.mark.parametrize(
    "code, words",
    [
        ("ur", "Urdu"),
        ("PA", "Panjabi; Punjabi"),
        ("q4", "British Sign Language"),
        ("el", "Greek, Modern (1453-)"),
        ("xx", "xx"),
        ("Somali", "Somali"),
        ("", ""),
    ],
)
def test_a_language_in_words(code: str, words: str) -> None:
    assert language(code) == words


def test_the_list_is_whole_and_in_small_letters() -> None:
    assert len(_words()) == 190
    assert all(code == code.lower() and words for code, words in _words().items())
