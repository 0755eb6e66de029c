"""Loading a crosswalk: found by number, corrected while it is in shadow, left alone once it is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.cutover.comparison_rules import shipped
from ascbridge.operations.changing import id_table
from ascbridge.operations.changing.id_table import CannotLoad, Loaded, Row
from ascbridge.people import known_as
from tests.operations.two_systems import MARY, NEW, OLD, SAM, WHO, Between, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DUE = {"status": "due", "due_on": "2026-12-01"}
MARY_IS = Row("person", "C100", "70001")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[TwoSystems]:
    made = TwoSystems(tmp_path)
    made.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    made.say(NEW, "70001", MARY, "review", id="N9", **DUE)
    yield made
    made.close()


def load(city: TwoSystems, *rows: Row) -> Loaded:
    assert city.pair is not None
    pair = city.pair
    return city.bridge.write_now(
        lambda c: id_table.load(c, city.keyring, pair, city.profiles, rows, WHO, city.clock.at_ms)
    )


def ids(city: TwoSystems) -> dict[str, str]:
    rows = city.bridge.read_now(lambda c: known_as.everything(c, NEW))
    return {one.theirs: one.ours for one in rows if one.kind == "review"}


def test_a_file_is_loaded_and_loading_it_again_changes_nothing(city: TwoSystems) -> None:
    rows = (MARY_IS, Row("review", "R1", "N9"), Row("review", "", "N10"))
    assert load(city, *rows) == Loaded(rows=3)
    assert load(city, *rows) == Loaded(already=3)
    assert ids(city) == {"N9": "R1", "N10": f"{NEW}/N10"}


def test_whom_nobody_has_heard_of_waits_and_is_found_later(city: TwoSystems) -> None:
    later = Row("person", "C200", "70002")
    assert load(city, MARY_IS, later) == Loaded(rows=1, not_heard_of=1)
    for feed, number in ((OLD, "C200"), (NEW, "70002")):
        city.say(feed, number, MARY, "review", id="R7", **DUE)
    assert load(city, MARY_IS, later) == Loaded(rows=1, already=1)


def test_a_wrong_row_is_corrected_in_shadow_and_not_once_it_is_in_use(city: TwoSystems) -> None:
    load(city, MARY_IS, Row("review", "R2", "N9"))
    assert load(city, Row("review", "R1", "N9")) == Loaded(rows=1)
    city.switch("review")
    assert load(city, Row("review", "R3", "N9")) == Loaded(in_use=["review N9"])
    assert ids(city) == {"N9": "R1"}
    assert load(city, Row("review", "R4", "N4")) == Loaded(rows=1)


@pytest.mark.parametrize(
    "rows,wrong",
    [
        ([Row("reviews", "R1", "N9")], "row 1: there is no kind 'reviews'"),
        ([Row("worker", "a", "b")], "there is no kind 'worker'"),
        ([MARY_IS, Row("review", "R1", "")], "row 2: there is no new number"),
        ([Row("review", "R1", "N9"), Row("review", "R2", "N9")], "stands in two rows"),
        ([Row("review", "R1", "N9"), Row("review", "R1", "N8")], "two new numbers stand for the old one R1"),
    ],
)
def test_what_cannot_be_meant_loads_nothing(city: TwoSystems, rows: list[Row], wrong: str) -> None:
    with pytest.raises(CannotLoad, match=wrong):
        load(city, *rows)
    assert ids(city) == {}


async def test_proposals_are_taken_some_at_a_time_and_what_is_said_meanwhile_counts(
    city: TwoSystems, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(id_table, "AT_ONCE", 1)
    city.say(OLD, "C200", SAM, "review", id="R2", **DUE)
    city.say(NEW, "70002", SAM, "review", id="N2", **DUE)
    ann = ("9993000035", "PATEL", "ANN", "1939-05-05")
    city.say(OLD, "C300", ann, "review", id="R3", **DUE)
    city.say(NEW, "70003", ann, "review", id="N3", **DUE)
    # Before the first is taken somebody else comes with Mary's number: which of the two she is, nobody can tell.
    between = Between(city.bridge, 3, lambda: city.say(NEW, "70009", MARY, "review", id="N8", **DUE))
    assert city.pair is not None
    assert await id_table.accept(between, city.pair, shipped(), None, WHO, city.clock) == 2
    rows = city.bridge.read_now(lambda c: known_as.everything(c, NEW))
    assert [(one.kind, one.source) for one in rows] == [("person", "accepted")] * 2
    assert between.writes == 2 + 3
