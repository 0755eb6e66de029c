"""A change of progress is queued once, for the hospital whose stay it is, and in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete

from ascbridge.events.facts.task_progress import STEPS
from ascbridge.events.logs.log import TASK
from ascbridge.replies.telling import Telling, Wanted
from ascbridge.storage.tables import position, reply, reply_receiver
from tests.replies.stay import WHO, act, ready
from tests.web.city import MINUTE

if TYPE_CHECKING:
    from tests.web.city import City


def told(city: City) -> list[tuple[str, str]]:
    rows = sorted(city.rows(reply), key=lambda row: row.queued_ms)
    return [(row.progress, row.reason) for row in rows]


def test_each_change_is_told_once_and_in_order(city: City) -> None:
    task = ready(city)
    act(city, "accept", task)
    act(city, "claim", task)
    act(city, "note", task, "Rang the ward.")
    act(city, "complete", task, "support-restarted")
    said = [("received", ""), ("accepted", ""), ("allocated", ""), ("closed", "support-restarted")]
    assert told(city) == said
    assert {row.state for row in city.rows(reply)} == {"waiting"}
    assert len({row.control_id for row in city.rows(reply)}) == 4


def test_what_is_taken_back_is_told_as_it_then_stands(city: City) -> None:
    task = ready(city)
    act(city, "claim", task)
    act(city, "undo", task)
    assert [progress for progress, _ in told(city)] == ["received", "allocated", "received"]


def test_changes_within_one_millisecond_keep_their_order(city: City) -> None:
    before = city.clock.at_ms
    task = ready(city)
    for what in ("claim", "release", "claim"):
        act(city, what, task)
        city.clock.at_ms = before
    moments = [row.queued_ms for row in sorted(city.rows(reply), key=lambda row: row.queued_ms)]
    assert len(set(moments)) == 4
    assert [progress for progress, _ in told(city)] == ["received", "allocated", "received", "allocated"]


def test_hearing_it_all_again_tells_nothing_new(city: City) -> None:
    task = ready(city)
    act(city, "claim", task)
    before = city.rows(reply)
    city._read["replies", TASK] = 0
    city.bridge.write_now(lambda c: c.execute(delete(position).where(position.c.consumer == "replies")))
    city.work()
    assert city.rows(reply) == before


def test_another_trusts_stay_is_told_to_nobody_here(city: City) -> None:
    city.handlers[-1] = Telling([Wanted("elsewhere", "RXX", frozenset({"received"}))], 1, city.clock)
    ready(city)
    assert told(city) == []


def test_only_what_the_trust_wants_is_told(city: City) -> None:
    city.handlers[-1] = Telling([Wanted("uhcw", "RKB", frozenset({"closed"}))], 1, city.clock)
    task = ready(city)
    act(city, "claim", task)
    assert told(city) == []
    act(city, "complete", task, "support-restarted")
    assert told(city) == [("closed", "support-restarted")]


def test_who_asks_for_no_allocation_hears_that_it_is_accepted_and_hears_it_once(city: City) -> None:
    wanted = frozenset({"received", "accepted", "rejected", "closed"})
    city.handlers[-1] = Telling([Wanted("uhcw", "RKB", wanted)], 1, city.clock)
    task = ready(city)
    act(city, "claim", task)
    assert [progress for progress, _ in told(city)] == ["received", "accepted"]
    act(city, "move_stage", task, "triaged")
    assert [progress for progress, _ in told(city)] == ["received", "accepted"]


def test_what_was_before_the_hospital_was_told_at_all_is_no_news(city: City) -> None:
    city.handlers.pop()
    task = ready(city)
    city.clock.at_ms += 60 * MINUTE
    city.handlers.append(Telling([Wanted("uhcw", "RKB", frozenset(STEPS))], 1, city.clock))
    city.work()
    assert told(city) == []
    assert [row.since_ms for row in city.rows(reply_receiver)] == [city.clock.at_ms]
    act(city, "claim", task)
    assert told(city) == [("allocated", "")]


def test_a_message_that_ends_the_work_is_told_with_what_ended_it(city: City) -> None:
    ready(city)
    city.clock.at_ms += MINUTE
    city.hear("A11", **WHO)
    assert told(city)[-1] == ("closed", "entered-in-error")


def test_the_way_to_support_that_is_arranged_and_a_referral_that_is_given_back_are_told(city: City) -> None:
    task = ready(city)
    act(city, "accept", task)
    act(city, "move_stage", task, "triaged")
    act(city, "confirm_pathway", task, "home-with-support")
    act(city, "move_stage", task, "arranged")
    assert ("planned", "") in told(city)
    act(city, "reject", task, "not-enough-told")
    assert told(city)[-1] == ("rejected", "not-enough-told")
