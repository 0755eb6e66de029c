"""Charts say each value in words, and show that something is withheld without showing how much."""

from ascbridge.web.reports.reports_shown import Bar, bars_of


def test_bars_are_as_long_as_their_share_of_the_longest() -> None:
    assert bars_of({"a": 1200, "b": 300, "c": None, "d": "", "e": 0}, "days") == [
        Bar("a", 100, "1,200 days"),
        Bar("b", 25, "300 days"),
        Bar("c", 0, "withheld", withheld=True),
        Bar("d", 0, "none"),
        Bar("e", 0, "0 days"),
    ]


def test_no_bars_of_nothing_and_none_over_another() -> None:
    assert bars_of({}, "days") == []
    assert bars_of({"a": 0}, "days") == [Bar("a", 0, "0 days")]
