"""Charts say each value in words, and show that something is withheld without showing how much."""

from ascbridge.web.reports.reports_shown import Bar, Figure, bars_of


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


def test_of_months_the_newest_that_says_anything_stands_at_the_top_and_of_reasons_the_longest() -> None:
    bars = bars_of({"January": 2, "February": 1, "March": ""}, "days")
    assert Figure("discharged", "", "", bars, (), (), in_order_of_time=True).glance == bars[1]
    assert Figure("delay-reason", "", "", bars, (), ()).glance == bars[0]
    assert Figure("language", "", "", bars, (), ()).glance is None
    silent = bars_of({"March": ""}, "days")
    assert Figure("discharged", "", "", silent, (), (), in_order_of_time=True).glance is None
    hidden = bars_of({"January": 2, "February": None}, "days")
    assert Figure("discharged", "", "", hidden, (), (), in_order_of_time=True).glance == hidden[1]
