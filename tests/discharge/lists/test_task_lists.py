"""What every kind of work has of its lists: counted as they are read, narrowed, and put together once."""

from dataclasses import replace
from typing import Any

import pytest

from ascbridge.discharge.lists import task_lists
from ascbridge.discharge.lists.task_lists import NOT_STATED, Asked, one_of
from ascbridge.discharge.lists.worklist import OF_TASK, VIEWS, WORK
from ascbridge.discharge.sub_tasks.sub_list import SUB_VIEWS, sub_counts, sub_rows
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import task
from tests.discharge.builders import Bench, at, details, ready
from tests.discharge.conftest import NOW
from tests.discharge.split import split


@pytest.mark.parametrize(
    "narrowed", [{}, {"ward": "W21, RKB01"}, {"ward": NOT_STATED}, {"stage": "new", "whose": NOT_STATED}]
)
def test_each_list_holds_as_many_as_are_counted(narrowed: dict[str, str], ward: Bench) -> None:
    values = replace(NOW, **narrowed).values()
    counts = ward.write(lambda connection: WORK.counts(connection, values))
    for view in (*VIEWS, "late"):
        found = ward.write(lambda c, view=view: WORK.rows(c, OF_TASK, view, values, limit=99))  # type: ignore[misc]  # of this turn
        assert counts[view] == len(found), view


def test_it_is_the_same_on_both_databases(real_bench: Bench) -> None:
    real_bench.say(details("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    for kind in ("therapy", "brokerage"):
        split(real_bench, kind)
    asked = Asked(at("2026-03-06T14:30"))
    counts = real_bench.write(lambda connection: sub_counts(connection, asked))
    rows = {view: real_bench.write(lambda c, view=view: sub_rows(c, view, asked)) for view in SUB_VIEWS}  # type: ignore[misc]  # of this turn
    assert counts == {view: len(found) for view, found in rows.items()}
    assert counts["open"] == 2
    values = replace(NOW, team="Community Discharge Team", whose=NOT_STATED).values()
    assert real_bench.write(lambda connection: WORK.counts(connection, values))["open"] == 1
    (row,) = real_bench.write(
        lambda c: WORK.rows(c, (task.c.spell_key,), "open", values, limit=5, order="by-ward")
    )
    assert tuple(row) == ("s1",)


def test_a_statement_is_put_together_once_for_each_way_of_narrowing(
    ward: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []

    class Counted(Prepared):
        def __init__(self, statement: Any) -> None:
            made.append(statement)
            super().__init__(statement)

    monkeypatch.setattr(task_lists, "Prepared", Counted)
    monkeypatch.setattr(WORK, "_made", {})
    for team in ("", "", "One team", "Another"):
        ward.write(lambda c, team=team: WORK.counts(c, replace(NOW, team=team).values()))  # type: ignore[misc]  # of this turn
    assert len(made) == 2


def test_a_row_says_shortly_whether_anything_of_it_changed(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    split(bench, "therapy")
    moments = [at(when) for when in ("2026-03-06T12:30", "2026-03-06T12:31", "2026-03-20T12:31")]
    marks = [bench.write(lambda c, now=now: sub_rows(c, "open", Asked(now)))[0].mark for now in moments]  # type: ignore[misc]  # of this turn
    assert marks[0] == marks[1] != marks[2]  # late by then


def test_a_few_values_stand_in_the_statement() -> None:
    said = str(one_of(task.c.status, {"requested", "accepted"}))
    assert said == "task.status IN ('accepted', 'requested')"
