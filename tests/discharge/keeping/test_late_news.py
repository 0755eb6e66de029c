"""Whom to ring after an outage: what the desk heard long after it was recorded, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from ascbridge.discharge.keeping import late_news
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import audit
from ascbridge.storage.tables import late_news as table
from tests.discharge.builders import DAY, HOUR, admitted, at, death, known, ready

if TYPE_CHECKING:
    from tests.discharge.builders import Bench

NOON = at("2026-03-20T12:00")
NIA = Actor("Nia Brown", "discharge-team", "test")


def to_check(bench: Bench, now_ms: int = NOON, team: str = "") -> list[late_news.ToCheck]:
    found = bench.write(lambda c: late_news.to_check(c, now_ms, team=team))
    assert bench.write(lambda c: late_news.how_many(c, now_ms, team=team)) == len(found)
    return found


def test_news_that_came_hours_after_it_was_recorded_is_to_be_checked(real_bench: Bench) -> None:
    real_bench.say(known("2026-03-20T05:00"))
    real_bench.say(admitted("2026-03-20T06:00"))
    real_bench.say(ready("2026-03-20T07:30"))
    real_bench.say(ready("2026-03-20T11:30"))
    (one,) = to_check(real_bench)
    task = real_bench.task()
    assert (one.spell, one.task_id, one.owner_team) == ("s1", task.task, task.owner_team)
    assert (one.messages, one.recorded_ms, one.heard_ms) == (2, at("2026-03-20T06:00"), NOON)
    assert one.late_ms == 6 * HOUR
    assert to_check(real_bench, team=task.owner_team) == [one]
    assert to_check(real_bench, team="Another Team") == []


@pytest.mark.parametrize(
    "recorded, late",
    [
        ("2026-03-20T11:00", 0),
        ("2026-03-20T10:59", 1),
        ("2026-03-17T12:00", 1),
        ("2026-03-17T11:59", 0),
    ],
)
def test_news_is_late_after_an_hour_and_history_after_three_days(
    bench: Bench, recorded: str, late: int
) -> None:
    bench.say(ready(recorded))
    assert len(bench.ask(select(table.c.message_id))) == late


def test_how_old_news_may_be_is_a_setting(bench: Bench) -> None:
    news = [late_news.News("s1", "m1", "p1", NOON - 10 * 60_000, NOON)]
    bench.write(lambda c: late_news.keep(c, news, 10 * 60_000))
    assert bench.ask(select(table.c.message_id)) == []
    bench.write(lambda c: late_news.keep(c, news, 9 * 60_000))
    bench.write(lambda c: late_news.keep(c, news, 9 * 60_000))
    assert bench.ask(select(table.c.message_id)) == ["m1"]


def test_what_was_heard_and_is_read_again_and_what_nobody_signed_is_no_news(bench: Bench) -> None:
    bench.say(ready("2026-03-20T06:00", marks=("shadow",)))
    bench.say(ready("2026-03-20T06:00", translation=1))
    assert bench.ask(select(table.c.message_id)) == []


def test_who_was_rung_about_leaves_the_list_until_there_is_late_news_again(real_bench: Bench) -> None:
    real_bench.say(ready("2026-03-20T06:00"))
    rang = real_bench.write(lambda c: late_news.checked(c, "s1", "n1", NIA, NOON + 1))
    assert rang
    assert to_check(real_bench) == []
    assert real_bench.ask(select(table.c.checked_by)) == ["Nia Brown"]
    assert real_bench.ask(select(audit.c.what)) == ["checked by phone after late news"]
    assert not real_bench.write(lambda c: late_news.checked(c, "s1", "n1", NIA, NOON + 2))
    real_bench.say(ready("2026-03-20T08:00"))
    assert [one.messages for one in to_check(real_bench)] == [1]


def test_work_that_late_news_ended_is_still_to_be_checked_and_after_a_week_nothing_is(bench: Bench) -> None:
    bench.say(ready("2026-03-20T06:00"))
    bench.say(death("2026-03-20T11:30"))
    assert bench.task().status == "cancelled"
    assert len(to_check(bench)) == 1
    assert len(to_check(bench, NOON + 7 * DAY)) == 1
    assert to_check(bench, NOON + 7 * DAY + 1) == []


def test_a_stay_without_work_is_not_on_the_list(bench: Bench) -> None:
    bench.say(admitted("2026-03-20T06:00"))
    assert bench.tasks() == []
    assert to_check(bench) == []
