"""The stays of one batch in memory: loaded once, decided, written once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event, select

from ascbridge.discharge.folding.stays import Heard, Stays
from ascbridge.events.logs.envelope import Cause, derived_id
from ascbridge.storage.tables import event_log, open_effect, spell, task
from tests.discharge.builders import Bench, admitted, bench_in_memory, details, known, ready, snapshot


@pytest.fixture
def counted(bench: Bench) -> Iterator[tuple[Bench, list[str]]]:
    """A bench, and every statement that its database is given."""
    told: list[str] = []
    engine = bench.write(lambda connection: connection.engine)

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        told.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield bench, told
    event.remove(engine, "before_cursor_execute", note)


def test_a_batch_costs_the_same_number_of_queries_whatever_its_size(counted: tuple[Bench, list[str]]) -> None:
    bench, told = counted

    def cost(first: int, count: int) -> int:
        records = []
        for n in range(first, first + count):
            facts = (
                details("2026-03-02T10:00"),
                admitted("2026-03-02T10:00", spell=f"s{n}"),
                ready("2026-03-03T10:00", spell=f"s{n}"),
            )
            records += bench.only_released(*facts, message=f"m{n}", patient=f"p{n}")
        told.clear()
        bench.hear(records)
        return len(told)

    assert cost(0, 2) == cost(10, 40)


def test_what_is_emitted_names_its_cause_and_owes_an_effect(bench: Bench) -> None:
    heard = bench.say(ready("2026-03-06T11:30"))
    rows = bench.ask(select(open_effect.c.message_id, open_effect.c.reader).distinct())
    assert [tuple(row) for row in rows] == [(heard[0].headers["ce_correlationid"], "record")]
    causes = bench.ask(select(event_log.c.headers))
    assert all(heard[0].event_id in headers for headers in causes)


def test_a_decision_without_an_event_leaves_no_evidence_and_nothing_to_publish(bench: Bench) -> None:
    bench.say(ready("2026-03-06T11:30"))
    events = len(bench.emitted())

    def decide(connection: object) -> None:
        stays = Stays(connection, bench.desk, 5)  # type: ignore[arg-type]  # the bench hands a connection
        stays.load(["s1", "s2"], [])
        assert stays.known("s1") is not None
        assert stays.known("s2") is None
        id = derived_id(5, "desk")
        stays.decide("s1", Heard(Cause(id, id, 5), "p1", 5))
        stays.save()

    bench.write(decide)
    assert len(bench.emitted()) == events


def test_people_are_their_own_person_until_a_message_introduces_them(bench: Bench) -> None:
    bench.say(known("2026-03-01T02:00"), patient="council-only")
    assert bench.tasks() == []
    assert bench.emitted() == []


def test_tasks_of_a_made_up_city_are_marked(bench: Bench) -> None:
    from dataclasses import replace

    from ascbridge.discharge.folding.engine import DischargeEngine

    bench.engine = DischargeEngine(replace(bench.desk, invented=True), bench.clock)
    bench.say(ready("2026-03-06T11:30"))
    bench.say(snapshot("2026-03-06T12:30", expected_discharge="2026-03-09"))
    assert bench.ask(select(task.c.invented)) == ["yes"]


def test_a_task_that_closes_says_when(bench: Bench) -> None:
    from tests.discharge.builders import death

    bench.say(ready("2026-03-06T11:30"))
    assert bench.ask(select(task.c.closed_ms)) == [None]
    bench.say(death("2026-03-06T12:00"))
    closed = bench.ask(select(task.c.closed_ms))
    assert closed == [bench.clock.ms]
    bench.clock.ms += 5
    bench.say(snapshot("2026-03-06T12:30", expected_discharge="2026-03-09"))
    assert bench.ask(select(task.c.closed_ms)) == closed


def test_the_visit_number_is_kept_sealed() -> None:
    with bench_in_memory() as bench:
        (record,) = bench.say(ready("2026-03-06T11:30"))
        ((sealed, event_id, key_id),) = bench.ask(
            select(spell.c.sealed, spell.c.sealed_event, spell.c.key_id)
        )
        assert sealed is not None
        assert b"V2026000101" not in sealed
        assert (event_id, key_id) == (record.event_id, record.headers["ce_keyid"])
