"""Many dead letters are sent again: each once, in its person's order, at a bounded rate, from wherever it was."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascbridge.events.handlers import dead_letters, replay_runs
from ascbridge.events.handlers.holds import HoldRules, take, waiting
from ascbridge.events.handlers.replay_runs import About, CannotReplay
from ascbridge.events.handlers.retry import retry_lane, retry_together
from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.events.logs.log import INBOUND, Assignment
from ascbridge.events.logs.positions import claim
from ascbridge.operations.finding import audit_search
from ascbridge.operations.flowing.balance import ledgers
from ascbridge.storage.tables import dead_letter, held, message, message_state
from tests.operations.conftest import empty_city
from tests.web.faults import bury_one

if TYPE_CHECKING:
    from ascbridge.events.handlers.replay_runs import Run
    from ascbridge.events.handlers.run_states import Act
    from tests.web.city import City

__all__ = ["empty_city"]
CAUSE = "the profile of feed itk-v24 no longer reads it: PV1-14: a code"
WHO = AuditEntry("work", "Ola Green", "it-operations", "", why="the profile is mended")
SET = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SECOND = 1_000


def bury(city: City, person: int, cause: str = CAUSE) -> str:
    city.clock.at_ms += 10
    dead_id = bury_one(city, cause, local_id=f"L{person}", visit=f"V{person}", nhs_number="")
    city._read["translator", INBOUND] = max(row.position for row in city.rows(message))
    return dead_id


def begin(city: City, about: About, per_second: int = 2, run_id: str = "b1") -> Run:
    city.clock.at_ms += 1
    return city.bridge.write_now(
        lambda c: replay_runs.begin(c, run_id, about, per_second, WHO, city.clock.at_ms)
    )


def step(city: City, run_id: str = "b1", after_ms: int = SECOND) -> int:
    city.clock.at_ms += after_ms
    return city.bridge.write_now(lambda c: replay_runs.step(c, run_id, "work", city.clock.at_ms))


def the_run(city: City, run_id: str = "b1") -> Run:
    found = city.bridge.read_now(lambda c: replay_runs.of(c, run_id))
    assert found is not None
    return found


def states(city: City) -> dict[str, str]:
    return {row.dead_id: row.state for row in city.rows(dead_letter)}


def due_lanes(city: City) -> list[str]:
    return [row.lane for row in city.rows(held)]


def retry(city: City, lanes: list[str]) -> None:
    """As the translator's delivery does: all at once, and where that fails one by one."""
    here, now_ms = Assignment(INBOUND, 0), city.clock.at_ms

    def work(connection: Any) -> None:
        claims = claim(connection, "translator", [here], "city", now_ms)
        _, free = retry_together(connection, city.translator, claims, lanes, now_ms)
        for lane in lanes:
            if lane not in free:
                retry_lane(connection, city.translator, claims, lane, HoldRules(), now_ms, may_bury=True)

    city.bridge.write_now(work)


def test_a_run_sends_each_once_at_its_rate_and_ends(empty_city: City) -> None:
    city = empty_city
    letters = [bury(city, person) for person in range(5)]
    other = bury(city, 9, "another cause")
    run = begin(city, About("translator", CAUSE, "itk-v24"))
    assert (run.letters, run.sent, run.state) == (5, 0, "running")
    assert step(city, after_ms=100) == 0  # not yet time for one
    assert [step(city, after_ms=900), step(city), step(city)] == [2, 2, 1]
    assert the_run(city).state == "running"
    late = bury(city, 1)  # given up after it began: not in it
    assert step(city) == 0
    assert (the_run(city).state, the_run(city).sent) == ("done", 5)
    assert states(city) == {**dict.fromkeys(letters, "replayed"), other: "open", late: "open"}
    assert step(city) == 0
    (told,) = city.bridge.read_now(lambda c: replay_runs.with_those_given_up_again(c, replay_runs.runs(c)))
    assert told.again == 1


def test_who_asked_why_and_each_letter_stand_in_the_audit(empty_city: City) -> None:
    city = empty_city
    letters = [bury(city, person) for person in range(2)]
    begin(city, About(cause=CAUSE), 10)
    acts: tuple[Act, ...] = ("pause", "resume")
    for act in acts:
        city.bridge.write_now(partial(replay_runs.act, run_id="b1", wanted=act, who=WHO, now_ms=1))
    step(city)
    step(city)
    said = [(one.who, one.what, one.whom, one.why) for one in city.bridge.read_now(audit_search.entries)]
    why = WHO.why
    assert sorted(said) == sorted([
        *[("Ola Green", "dead letter sent again", f"dead-letter:{one}", why) for one in letters],
        *[("Ola Green", f"dead letters sent again: {what}", "replay:b1", why)
          for what in ("begin", "pause", "resume", "done")],
    ])  # fmt: skip


def test_it_is_held_still_goes_on_where_it_was_and_ends_for_good(empty_city: City) -> None:
    city = empty_city
    for person in range(4):
        bury(city, person)
    begin(city, About(feed="itk-v24"), 1)
    assert step(city) == 1

    def act(what: Any) -> str:
        return city.bridge.write_now(lambda c: replay_runs.act(c, "b1", what, WHO, city.clock.at_ms)).state

    assert act("pause") == "paused"
    assert step(city) == 0
    with pytest.raises(CannotReplay, match="this run is paused"):
        act("pause")
    assert act("resume") == "running"
    assert step(city) == 1
    assert act("stop") == "stopped"
    assert step(city) == 0
    assert sorted(states(city).values()) == ["open", "open", "replayed", "replayed"]
    with pytest.raises(CannotReplay, match="this run is stopped"):
        act("resume")
    with pytest.raises(CannotReplay, match="no such run"):
        city.bridge.write_now(lambda c: replay_runs.act(c, "none", "stop", WHO, 0))


def test_what_cannot_be_begun_says_why(empty_city: City) -> None:
    city = empty_city
    with pytest.raises(CannotReplay, match="say which"):
        begin(city, About())
    with pytest.raises(CannotReplay, match="no open dead letter"):
        begin(city, About(cause=CAUSE))
    with pytest.raises(CannotReplay, match="at most"):
        begin(city, About(messages=tuple(map(str, range(1_001)))))
    dead_id = bury(city, 1)
    (letter,) = city.rows(dead_letter)
    run = begin(city, About(messages=(letter.message_id,)))
    assert (
        begin(city, About(messages=(letter.message_id,))).begun_ms == run.begun_ms
    )  # asked twice, begun once
    with pytest.raises(CannotReplay, match="let it end, or stop it"):
        begin(city, About(messages=(letter.message_id,)), run_id="b2")
    assert step(city) == 1
    assert states(city) == {dead_id: "replayed"}


def test_while_many_wait_to_be_tried_nothing_more_is_sent(empty_city: City, monkeypatch: Any) -> None:
    city = empty_city
    for person in range(4):
        bury(city, person)
    monkeypatch.setattr(replay_runs, "AHEAD", 2)
    begin(city, About(cause=CAUSE), 2)
    assert [step(city), step(city)] == [2, 0]
    retry(city, due_lanes(city))
    assert step(city) == 2


def test_a_letter_goes_behind_an_earlier_one_that_waits_already(empty_city: City) -> None:
    city = empty_city
    one, two, three = (bury(city, 1) for _ in range(3))

    def again(*letters: str) -> None:
        for letter in letters:
            city.bridge.write_now(partial(dead_letters.replay, dead_id=letter, now_ms=city.clock.at_ms))

    def offsets(connection: Any) -> list[int]:
        found = take(connection, "translator", lane.lane)
        assert found is not None
        return [record.offset for record in waiting(connection, "translator", found, 10)]

    again(two, three, one)
    (lane,) = city.rows(held)
    standing = city.bridge.read_now(offsets)
    assert standing == sorted(standing)
    assert len(standing) == 3
    with pytest.raises(dead_letters.NoDeadLetter):
        again(two)


@SET
@given(
    people=st.lists(st.integers(1, 3), min_size=1, max_size=6),
    steps=st.lists(st.sampled_from(["step", "try", "live", "kill"]), max_size=10),
    per_second=st.integers(1, 4),
)
def test_in_whatever_way_it_goes_everybody_is_read_in_their_order_and_once(
    empty_city: City, people: list[int], steps: list[str], per_second: int
) -> None:
    """`kill` begins anew from what the database says; `live` brings news of somebody meanwhile."""
    city = empty_city
    first = max((row.position for row in city.rows(message)), default=0)
    cause = f"{CAUSE} {first}"
    for person in people:
        bury(city, person, cause)
    run_id = f"b{first}"
    begin(city, About(cause=cause), per_second, run_id)
    heard: list[tuple[str, int]] = []
    handle = type(city.translator).handle

    def listening(self: Any, connection: Any, records: Any) -> None:
        handle(self, connection, records)
        heard.extend((record.key, record.offset) for record in records)

    type(city.translator).handle = listening  # type: ignore[method-assign]  # to hear what is read, and when
    try:
        for what in steps:
            if what == "step":
                step(city, run_id)
            elif what == "try":
                retry(city, due_lanes(city))
            elif what == "live":
                city.hear("A08", local_id="L8", visit="V8", nhs_number="")
            else:
                city._build()
        while the_run(city, run_id).state == "running":
            step(city, run_id)
            retry(city, due_lanes(city))
        retry(city, due_lanes(city))
    finally:
        type(city.translator).handle = handle  # type: ignore[method-assign]  # as it was
    mine = {row.lane for row in city.rows(dead_letter) if row.cause == cause}
    for lane in mine:
        read = [offset for key, offset in heard if key == lane]
        assert read == sorted(read)
        assert len(read) == len(set(read))
    assert sum(key in mine for key, _ in heard) == len(people)
    assert {row.state for row in city.rows(dead_letter) if row.cause == cause} == {"replayed"}
    assert due_lanes(city) == []
    assert all(one.adds_up for one in city.bridge.read_now(ledgers))
    assert {row.state for row in city.rows(message_state)} <= {"delivered", "no_effect", "waiting"}


def test_all_at_once_or_none_where_one_of_them_fails(empty_city: City) -> None:
    city = empty_city
    for person in range(3):
        bury(city, person)
    begin(city, About(cause=CAUSE), 10)
    assert step(city) == 3
    lanes = sorted(due_lanes(city))
    here = Assignment(INBOUND, 0)

    class Failing:
        name, topics = "translator", (INBOUND,)

        def handle(self, connection: Any, records: Any) -> None:
            city.translator.handle(connection, records)
            if any(record.key == lanes[1] for record in records):
                raise ValueError

    def work(connection: Any) -> None:
        claims = claim(connection, "translator", [here], "city", city.clock.at_ms)
        outcome, free = retry_together(connection, Failing(), claims, lanes, city.clock.at_ms)
        assert (outcome.handled, free) == (0, frozenset())
        lane = take(connection, "translator", lanes[0])
        assert lane is not None
        assert len(waiting(connection, "translator", lane, 10)) == 1
        for one in lanes:
            retry_lane(connection, Failing(), claims, one, HoldRules(), city.clock.at_ms, may_bury=True)
        outcome, free = retry_together(connection, city.translator, claims, lanes, city.clock.at_ms)
        assert free == frozenset()  # what failed once is tried in its own time

    city.bridge.write_now(work)
    assert due_lanes(city) == [lanes[1]]


def test_as_many_whole_lanes_at_once_as_a_transaction_takes(
    empty_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = empty_city
    for person in (1, 2, 3) * 2:
        bury(city, person)
    begin(city, About(cause=CAUSE), 10)
    assert step(city) == 6
    monkeypatch.setattr("ascbridge.events.handlers.retry.TAIL", 5)
    here, lanes = Assignment(INBOUND, 0), sorted(due_lanes(city))

    def work(connection: Any) -> tuple[int, frozenset[str]]:
        claims = claim(connection, "translator", [here], "city", city.clock.at_ms)
        outcome, free = retry_together(connection, city.translator, claims, lanes, city.clock.at_ms)
        return outcome.handled, free

    assert city.bridge.write_now(work) == (4, frozenset(lanes[:2]))
    assert due_lanes(city) == lanes[2:]
    retry(city, lanes[2:])
    assert due_lanes(city) == []
