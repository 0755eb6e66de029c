"""Keeping what the council says beside what decisions rest on: once, in any order, and never in a decision's way."""

from __future__ import annotations

import base64
import dataclasses
from itertools import permutations
from typing import TYPE_CHECKING

import orjson
import pytest

from ascbridge.discharge.keeping.store import read_care
from ascbridge.events.facts.care import ReviewStated, WorkerAllocated
from tests.discharge.builders import known, stamp

if TYPE_CHECKING:
    from tests.discharge.builders import Bench


def review(when: str, status: str) -> ReviewStated:
    return ReviewStated.model_validate({"stamp": stamp(when), "review": "R1", "status": status})


def slots(bench: Bench) -> dict[str, str]:
    rows = bench.write(lambda connection: read_care(connection, ["p1"])).get("p1", {})
    return {slot: row.value.get("status", "") for slot, row in rows.items()}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_last_recorded_word_holds_in_any_order(order: tuple[int, ...], bench: Bench) -> None:
    said = [
        review("2026-03-01T10:00", "due"),
        review("2026-03-02T10:00", "done"),
        review("2026-02-01T10:00", "due"),
    ]
    for number in order:
        bench.say(said[number], message=f"m{number}")
    assert slots(bench) == {"review:R1": "done"}


def test_hearing_it_again_changes_nothing(bench: Bench) -> None:
    heard = bench.say(review("2026-03-01T10:00", "due"))
    before = bench.write(lambda connection: read_care(connection, ["p1"]))
    bench.hear(heard)
    assert bench.write(lambda connection: read_care(connection, ["p1"])) == before


def test_a_word_that_nobody_signed_for_is_not_kept(bench: Bench) -> None:
    bench.say(review("2026-03-01T10:00", "due").model_copy(update={"marks": ("shadow",)}))
    bench.say(known("2026-03-01T10:00").model_copy(update={"marks": ("shadow",)}))
    assert slots(bench) == {}


def test_decisions_read_only_what_they_rest_on(bench: Bench) -> None:
    bench.say(review("2026-03-01T10:00", "due"), known("2026-03-01T10:00"))
    rows = bench.write(lambda connection: read_care(connection, ["p1"], deciding=True))
    assert list(rows["p1"]) == ["known"]


def test_an_older_word_takes_no_name_away_from_a_newer_one(bench: Bench) -> None:
    newer = WorkerAllocated(stamp=stamp("2026-03-02T10:00"), team="East")
    older = WorkerAllocated(stamp=stamp("2026-03-01T10:00"), team="East")
    for fact, name in ((newer, "New"), (older, "Old")):
        (record,) = bench.only_released(fact, message=name)
        value = orjson.loads(record.value) | {"sealed": base64.b64encode(name.encode()).decode()}
        bench.hear([dataclasses.replace(record, value=orjson.dumps(value))])
    (row,) = bench.write(lambda connection: read_care(connection, ["p1"]))["p1"].values()
    assert row.sealed == b"New"
