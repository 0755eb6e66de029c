"""What comes of comparing everybody is the same whatever the parts, takes bounded room, and survives being written down."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.cutover import comparing, whole
from ascbridge.cutover.comparison_rules import shipped
from ascbridge.cutover.whole import Whole, summed, things_at, unpacked
from ascbridge.operations.changing import id_table
from ascbridge.operations.changing.id_table import Row
from tests.operations.two_systems import MARY, NEW, OLD, SAM, WHO, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DUE: dict[str, Any] = {"status": "due", "due_on": "2026-12-01"}
PEOPLE = 6


@pytest.fixture
def city(tmp_path: Path) -> Iterator[TwoSystems]:
    """Six people whom both systems know; of some the numbers are paired, and some things differ."""
    made, dice = TwoSystems(tmp_path), random.Random(4)
    pair = made.pair
    assert pair is not None
    rows = []
    for n in range(PEOPLE):
        who = ("", f"NAME{n}", *(MARY if n % 2 else SAM)[2:])
        made.say(OLD, f"C{n}", who, "review", id=f"R{n}", **DUE)
        made.say(
            OLD,
            f"C{n}",
            who,
            "package",
            id=f"P{n}",
            status="live",
            started_on="2026-02-01",
        )
        later = {"due_on": "2027-01-01"} if n % 3 == 0 else {}
        made.say(NEW, f"7{n}", who, "review", id=f"N{n}", **DUE | later)
        made.say(
            NEW,
            f"7{n}",
            who,
            "package",
            id=f"K{n}",
            status="live",
            started_on="2026-02-01",
        )
        rows += [Row("person", f"C{n}", f"7{n}"), Row("review", f"R{n}", f"N{n}")][
            : dice.choice([0, 1, 2, 2])
        ]
    made.bridge.write_now(
        lambda c: id_table.load(c, made.keyring, pair, made.profiles, rows, WHO, made.clock.at_ms)
    )
    yield made
    made.close()


def test_it_is_the_same_in_parts_of_any_size_and_half_way_written_down(city: TwoSystems) -> None:
    pair = city.pair
    assert pair is not None
    at_once = summed([city.compared(at_once=1_000)], pair, shipped())
    assert {at_once.of("review")[one] > 0 for one in ("agree", "differs")} == {True}
    assert at_once.unknown_workers
    assert at_once.alike
    for size in (1, 2, 5):
        made = Whole()

        def add(connection: Any, made: Whole = made, size: int = size) -> Whole:
            for part in comparing.parts(connection, pair, shipped(), at_once=size):
                made.add(part, pair, shipped())
                made = unpacked(made.packed())
            return made

        found = city.bridge.read_now(add)
        assert (found.counts, found.fields) == (at_once.counts, at_once.fields)
        for name in ("unknown_workers", "alike"):
            assert sorted(map(repr, getattr(found, name))) == sorted(map(repr, getattr(at_once, name)))
        assert found.off("review") == at_once.off("review")
        assert found.off("package", "missing") == at_once.off("package", "missing")


def test_where_things_are_is_remembered_up_to_a_bound_and_counted_beyond(
    city: TwoSystems, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = city.whole()
    monkeypatch.setattr(whole, "MOST_PLACES", 1)
    after = city.whole()
    assert after.counts == before.counts
    assert (len(before.off("package", "extra")) > 1, len(after.off("package", "extra"))) == (True, 1)


def test_things_are_found_again_where_they_are_and_left_out_where_they_are_not(city: TwoSystems) -> None:
    part = city.compared()
    first, second = part.things[0], part.things[1]
    places = [(second.patient_key, second.slot), ("nobody", "review:R1"), (first.patient_key, first.slot)]
    assert things_at(part, places) == [second, first]
