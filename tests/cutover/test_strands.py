"""Events of two systems paired as they come: in any order the same, counted by day, and anew when the ids are known."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.cutover import strands
from ascbridge.cutover.comparison_rules import Rules, shipped
from ascbridge.operations.changing import id_table
from ascbridge.operations.changing.id_table import Row
from ascbridge.storage.tables import pair_count, pairing_round, said_event
from tests.operations.two_systems import MARY, NEW, OLD, SAM, WHO, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOUR = 3_600_000
NOON = 1_781_866_800_000  # Friday 19 June 2026, 12:00 in Coventry
IDS = (Row("person", "C100", "70001"), Row("person", "C200", "70002"), Row("review", "R1", "N9"))
DUE: dict[str, Any] = {"status": "due", "due_on": "2026-12-01"}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[TwoSystems]:
    made = TwoSystems(tmp_path)
    yield made
    made.close()


def load(city: TwoSystems, *rows: Row) -> None:
    pair = city.pair
    assert pair is not None
    city.bridge.write_now(
        lambda c: id_table.load(c, city.keyring, pair, city.profiles, rows, WHO, city.clock.at_ms)
    )


def told(city: TwoSystems, word: str = "review") -> dict[str, tuple[str, str, int]]:
    """What is kept of each event: its verdict, the fields that differ, and whether it was put right."""
    rows = [row for row in city.rows(said_event) if row.slot.partition(":")[0] == word]
    assert {row.state for row in rows} <= {"paired"}
    return {
        f"{row.feed}@{(row.at_ms - NOON) / HOUR:g}": (row.verdict, row.fields, row.put_right) for row in rows
    }


def counts(city: TwoSystems, word: str = "review") -> dict[tuple[str, str, int], int]:
    return {
        (row.day, row.verdict, row.put_right): row.n
        for row in city.rows(pair_count)
        if row.n and word in row.event_type
    }


def say(city: TwoSystems, feed: str, hours: float, **said: Any) -> None:
    number, id = ("C100", "R1") if feed == OLD else ("70001", "N9")
    city.say(feed, number, MARY, "review", at_ms=NOON + round(hours * HOUR), **({"id": id} | DUE | said))


def test_events_of_one_thing_are_paired_and_counted_on_their_day(city: TwoSystems) -> None:
    say(city, OLD, 0)
    say(city, NEW, 2)
    load(city, *IDS)
    say(city, OLD, 24, due_on="2027-01-05")
    say(city, NEW, 25, due_on="2027-05-01")
    city.pair_events()
    assert told(city) == {
        f"{OLD}@0": ("agree", "", 0), f"{NEW}@2": ("partner", "", 0),
        f"{OLD}@24": ("differs", "due_on", 0), f"{NEW}@25": ("partner", "", 0),
    }  # fmt: skip
    assert counts(city) == {("2026-06-19", "agree", 0): 1, ("2026-06-20", "differs", 0): 1}


def test_a_late_partner_heals_what_was_missing(city: TwoSystems) -> None:
    say(city, OLD, 0)
    say(city, NEW, 300, status="done")
    load(city, *IDS)
    city.pair_events()
    assert counts(city) == {("2026-06-19", "missing", 0): 1, ("2026-07-02", "extra", 0): 1}
    say(city, NEW, 30)
    city.pair_events()
    assert told(city)[f"{OLD}@0"] == ("agree", "", 0)
    assert counts(city) == {("2026-06-19", "agree", 0): 1, ("2026-07-02", "extra", 0): 1}


def test_what_was_told_before_the_crosswalk_is_paired_once_it_is_loaded(city: TwoSystems) -> None:
    say(city, OLD, 0)
    say(city, NEW, 1)
    city.pair_events()
    assert counts(city) == {("2026-06-19", "missing", 0): 1, ("2026-06-19", "extra", 0): 1}
    load(city, *IDS)
    city.pair_events(most=1)  # in turns of one event
    assert counts(city) == {("2026-06-19", "agree", 0): 1}
    assert counts(city, "person") == {("2026-06-19", "agree", 0): 1}


def test_other_rules_have_everything_looked_at_once_more(city: TwoSystems) -> None:
    say(city, OLD, 0)
    say(city, NEW, 1, outcome="continues")
    load(city, *IDS)
    city.pair_events()
    assert counts(city) == {("2026-06-19", "differs", 0): 1}
    rule = shipped().rule["review"].model_copy(update={"not_compared": {"outcome": "asked by one only"}})
    other = Rules(criteria=shipped().criteria, rule={**shipped().rule, "review": rule})
    city.pair_events(other)
    assert counts(city) == {("2026-06-19", "agree", 0): 1}
    assert city.bridge.write_now(lambda c: strands.pair_some(c, city.pair, other)) == 0  # type: ignore[arg-type]  # there is one


def test_by_keys_events_pair_without_a_crosswalk_of_things(city: TwoSystems) -> None:
    load(city)
    say(city, OLD, 0)
    say(city, NEW, 1)
    load(city, *IDS[:2])
    rule = shipped().rule["review"].model_copy(update={"keys": ("due_on",)})
    other = Rules(criteria=shipped().criteria, rule={**shipped().rule, "review": rule})
    city.pair_events(other)
    assert counts(city) == {("2026-06-19", "agree", 0): 1}


def test_a_message_understood_anew_replaces_what_it_told(city: TwoSystems) -> None:
    say(city, OLD, 0)
    say(city, NEW, 1, due_on="2027-05-01")
    load(city, *IDS)
    city.pair_events()
    assert counts(city) == {("2026-06-19", "differs", 0): 1}
    before = {row.event_id for row in city.rows(said_event)}
    city.switch("review", "person")  # what the new system said otherwise is understood anew, and heard
    city.pair_events()
    assert counts(city) == {("2026-06-19", "differs", 0): 1}
    after = {row.event_id for row in city.rows(said_event)}
    assert (len(after), len(after - before)) == (len(before), 2)


def test_in_whatever_order_it_comes_it_comes_to_the_same(tmp_path: Path) -> None:
    said = [
        (OLD, 0, {}), (NEW, 1, {}), (OLD, 20, {"due_on": "2027-01-01"}), (NEW, 26, {"due_on": "2027-02-01"}),
        (NEW, 90, {"due_on": "2027-01-01"}), (OLD, 200, {"status": "done"}), (NEW, 30, {}), (OLD, 31, {}),
    ]  # fmt: skip
    results = []
    for seed in range(3):
        city = TwoSystems(tmp_path / str(seed))
        order = said[:]
        random.Random(seed).shuffle(order)
        for number, (feed, hours, what) in enumerate(order):
            say(city, feed, hours, **what)
            if number == 3:
                city.pair_events()
            if number == 5:
                load(city, *IDS)
        load(city, *IDS)
        city.pair_events(most=2)
        results.append((told(city), counts(city), told(city, "person"), counts(city, "person")))
        city.close()
    assert results[0] == results[1] == results[2]
    assert results[0][1], "something was counted"


def test_a_turn_reads_the_strands_of_its_events_and_no_others(city: TwoSystems) -> None:
    say(city, OLD, 0)
    city.pair_events()
    city.say(OLD, "C200", SAM, "review", id="R7", **DUE)
    pair = city.pair
    assert pair is not None
    read: list[str] = []
    everything = strands.pair

    def noted(event_type: str, rule: Any, events: Any) -> Any:
        events = list(events)
        read.extend(one.event_id for one in events)
        return everything(event_type, rule, events)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strands, "pair", noted)
        city.pair_events()
    assert len(read) == 2  # who SAM is, and his review
    assert city.rows(pairing_round)[0].after is None


def test_how_much_is_to_do_is_told(city: TwoSystems) -> None:
    say(city, OLD, 0)
    pair = city.pair
    assert pair is not None
    assert city.bridge.read_now(lambda c: strands.to_do(c, pair, 100)) == (2, False)
    city.pair_events()
    assert city.bridge.read_now(lambda c: strands.to_do(c, pair, 100)) == (0, False)
    load(city, Row("person", "C100", "70001"), Row("review", "R1", "N9"))
    assert city.bridge.read_now(lambda c: strands.to_do(c, pair, 100)) == (0, True)
