"""What is asked for stands in the address, all of it."""

from urllib.parse import parse_qsl

from ascbridge.web.discharge.asked_for import LONGEST, AskedFor

QUERY = {
    "view": "breaching", "team": "Brokerage Team", "ward": "W12, RKB01", "locality": "-", "pathway": "1", "stage": "new",
    "who": "Nia Brown", "leaves": "2026-03-09", "after": "50",
}  # fmt: skip


def test_an_address_says_all_that_is_asked_for() -> None:
    asked = AskedFor.of(QUERY)
    path, _, query = asked.address(after=50).partition("?")
    assert (path, dict(parse_qsl(query))) == ("/worklist", QUERY)
    assert AskedFor.of(dict(parse_qsl(query))) == asked
    assert AskedFor().address("/worklist/wards") == "/worklist/wards"


def test_something_else_is_asked_for_from_its_first_row() -> None:
    assert AskedFor.of({"ward": "W1", "after": "50"}).address(stage="new") == "/worklist?ward=W1&stage=new"


def test_what_no_view_can_be_asked_for_is_left_out() -> None:
    for bad in ("-5", "x", "", "1" * 20):
        assert AskedFor.of({"after": bad}).after == 0
    assert AskedFor.of({"ward": f"  {'x' * 500} "}).ward == "x" * LONGEST
    assert AskedFor.of({"other": "1"}) == AskedFor()


def test_the_lists_are_those_of_the_address() -> None:
    lists = AskedFor.of(QUERY).lists(7, "nia", 2)
    assert (lists.now_ms, lists.actor, lists.generation, lists.team) == (7, "nia", 2, "Brokerage Team")
    assert (lists.ward, lists.locality, lists.pathway) == ("W12, RKB01", "-", "1")
    assert (lists.stage, lists.whose, lists.leaves_on) == ("new", "Nia Brown", "2026-03-09")
    assert set(AskedFor.of(QUERY).narrowed) == set(QUERY) - {"view", "after"}
