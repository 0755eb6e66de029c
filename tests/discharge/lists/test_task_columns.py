"""What views ask tasks by."""

import orjson
import pytest

from ascbridge.discharge.lists.task_columns import LAST, task_columns, ward_named
from ascbridge.events.facts.catalogue import TaskFact, Ward
from tests.discharge.builders import W21

EXPLAINED = orjson.dumps(
    {
        "looks": [
            {"code": "ready-tie", "since_ms": 50, "settled": True},
            {"code": "discharge-tie", "since_ms": 90, "settled": False},
            {"code": "two-patients", "since_ms": 70, "settled": False},
        ]
    }
)


def fact(**more: object) -> TaskFact:
    values = {
        "task": "t1",
        "spell": "s1",
        "revision": 1,
        "status": "requested",
        "stage": "new",
        "signal": "ready",
        "opened_ms": 5,
        **more,
    }
    return TaskFact.model_validate(values)


@pytest.mark.parametrize(
    "more, expected",
    [
        ({}, 1),
        ({"status": "on-hold"}, 1),
        ({"status": "completed"}, 0),
        ({"status": "entered-in-error"}, 0),
        ({"status": "cancelled", "needs_a_look": ("tell-hub",)}, 1),
    ],
)
def test_work_is_to_do_while_it_is_open_or_somebody_must_look(more: dict[str, object], expected: int) -> None:
    assert task_columns(fact(**more), b"{}", "")["to_do"] == expected


def test_what_has_no_due_time_comes_last() -> None:
    assert task_columns(fact(due_ms=7), b"{}", "")["due_order"] == 7
    assert task_columns(fact(), b"{}", "")["due_order"] == LAST


def test_the_oldest_look_that_nobody_settled_counts() -> None:
    looking = fact(needs_a_look=("discharge-tie", "two-patients"))
    assert (
        task_columns(looking, EXPLAINED, "")["looks"],
        task_columns(looking, EXPLAINED, "")["look_ms"],
    ) == (2, 70)
    assert task_columns(fact(), EXPLAINED, "")["look_ms"] == 0


def test_the_day_of_leaving_is_the_planned_one_else_the_estimated() -> None:
    both = fact(planned_discharge="2026-03-09T14:00", expected_discharge="2026-03-08")
    assert task_columns(both, b"{}", "North")["leaves_on"] == "2026-03-09"
    assert task_columns(fact(expected_discharge="2026-03-08"), b"{}", "")["leaves_on"] == "2026-03-08"
    assert task_columns(both, b"{}", "North")["locality"] == "North"


def test_a_ward_is_named_with_its_site() -> None:
    assert (ward_named(W21), ward_named(Ward(ward="W1")), ward_named(None)) == ("W21, RKB01", "W1", "")
