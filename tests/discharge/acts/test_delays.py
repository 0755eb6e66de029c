"""Why somebody who is ready stays: which reasons, how long each held, and what never stands anywhere."""

from importlib.resources import files
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from ascbridge.discharge.acts import delays, desk
from ascbridge.discharge.acts.delays import delay_reasons
from ascbridge.discharge.acts.desk import NotAChoice, NotNow, Sitting
from ascbridge.events.facts.catalogue import Delay, TaskFact
from ascbridge.people.actor import Actor
from ascbridge.reference.in_force import ReferenceLists, version_of
from ascbridge.reference.list_files import read
from ascbridge.storage.tables import desk_act, task
from tests.discharge.builders import (
    MINUTE,
    Bench,
    admitted,
    at,
    details,
    discharge_cancelled,
    discharged,
    not_ready,
    ready,
)

SAM = Actor("sam", "discharge-team", "work")
START = at("2026-03-06T12:00")
NO_BED, THERAPY, WITHHELD = "delay-2024-07", "delay-2024-01", "delay-2022-18"


@pytest.fixture
def ready_bench(bench: Bench) -> Bench:
    bench.say(details("2026-03-02T10:00"), admitted("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    return bench


def do(bench: Bench, act: Any, *more: Any, when: int | None = None) -> TaskFact:
    (version,) = bench.ask(select(task.c.desk_version))
    sitting = Sitting(bench.desk, SAM, version, START + version * MINUTE if when is None else when)
    id = bench.task().task
    bench.write(lambda connection: act(connection, sitting, id, *more))
    return bench.task()


def spans(fact: TaskFact) -> list[tuple[str, int, int | None]]:
    return [(one.reason, one.from_ms, one.to_ms) for one in fact.delays]


def test_reasons_are_those_of_the_day_and_of_before_while_none_is_complete() -> None:
    lists = ReferenceLists()
    codes = [one.code for one in delay_reasons(lists, START)]
    assert codes[:7] == [f"delay-2024-0{n}" for n in range(1, 8)]
    assert codes[7:] == [*(f"delay-2022-{n:02}" for n in range(1, 19)), "other"]
    before = [one.code for one in delay_reasons(lists, at("2023-03-06T12:00"))]
    assert before == [*(f"delay-2022-{n:02}" for n in range(1, 19)), "other"]
    assert [one.code for one in delay_reasons(lists, START) if one.reads_other] == [WITHHELD]


def test_one_reason_follows_another_and_each_keeps_its_time_its_words_and_its_list(
    ready_bench: Bench,
) -> None:
    do(ready_bench, delays.delay, THERAPY)
    fact = do(ready_bench, delays.delay, NO_BED)
    assert spans(fact) == [(THERAPY, START, START + MINUTE), (NO_BED, START + MINUTE, None)]
    assert fact.delays[0] == Delay(
        reason=THERAPY, list="reasons@1", words="Awaiting therapy review of need for supported discharge",
        from_ms=START, to_ms=START + MINUTE,
    )  # fmt: skip
    assert ready_bench.ask(select(task.c.delay)) == [NO_BED]
    with pytest.raises(NotNow, match="holds already"):
        do(ready_bench, delays.delay, NO_BED)
    fact = do(ready_bench, delays.delay_over)
    assert fact.delays[-1].to_ms == START + 2 * MINUTE
    assert ready_bench.ask(select(task.c.delay)) == [""]
    with pytest.raises(NotNow, match="No reason for delay holds"):
        do(ready_bench, delays.delay_over)


def test_leaving_ends_a_delay_and_a_discharge_taken_back_does_not_begin_it_again(ready_bench: Bench) -> None:
    do(ready_bench, delays.delay, NO_BED)
    ready_bench.say(discharged("2026-03-07T10:00"))
    assert spans(ready_bench.task()) == [(NO_BED, START, at("2026-03-07T10:00"))]
    with pytest.raises(NotNow, match="Only somebody who is ready"):
        do(ready_bench, delays.delay, THERAPY)
    ready_bench.say(discharge_cancelled("2026-03-07T11:00"))
    (ended,) = ready_bench.task().delays
    assert ended.to_ms is not None


def test_who_is_not_ready_is_not_delayed_and_ready_again_begins_anew(ready_bench: Bench) -> None:
    do(ready_bench, delays.delay, NO_BED)
    ready_bench.say(not_ready("2026-03-07T10:00"))
    assert spans(ready_bench.task()) == [(NO_BED, START, at("2026-03-07T10:00"))]
    ready_bench.say(ready("2026-03-10T09:00"))
    assert spans(ready_bench.task()) == [(NO_BED, START, at("2026-03-07T10:00"))]
    fact = do(ready_bench, delays.delay, THERAPY, when=at("2026-03-10T10:00"))
    assert spans(fact)[-1] == (THERAPY, at("2026-03-10T10:00"), None)


def test_what_is_no_reason_is_refused(ready_bench: Bench) -> None:
    with pytest.raises(NotAChoice):
        do(ready_bench, delays.delay, "delay-2024-37")
    assert ready_bench.task().delays == ()


def everything_stored(bench: Bench) -> bytes:
    """All that the database holds, row by row."""

    def read(connection: Any) -> bytes:
        raw = connection.connection.driver_connection
        return "\n".join(raw.iterdump()).encode()

    stored = bench.write(read)
    assert isinstance(stored, bytes)
    return stored


def test_a_withheld_reason_reads_other_everywhere_and_leaves_nothing(ready_bench: Bench) -> None:
    fact = do(ready_bench, delays.delay, WITHHELD, "She is afraid of her nephew")
    assert [(one.reason, one.words) for one in fact.delays] == [("other", "Another reason")]
    stored = everything_stored(ready_bench)
    for canary in (
        WITHHELD.encode(),
        WITHHELD.encode().hex().encode(),
        b"afeguarding",
        b"afeguarding".hex().encode(),
    ):
        assert canary not in stored.lower()
    (row,) = ready_bench.ask(select(desk_act.c.detail, desk_act.c.sealed))
    kept, sealed = row
    do(ready_bench, desk.undo, when=START + MINUTE)
    do(ready_bench, delays.delay, "other")
    newest = ready_bench.ask(select(desk_act.c.detail, desk_act.c.sealed).order_by(desk_act.c.version))[-1]
    assert (orjson.loads(kept), sealed) == (
        orjson.loads(newest[0]),
        newest[1],
    )  # the two cannot be told apart


def test_the_whole_list_of_2024_that_is_loaded_stands_alone_and_no_longer_beside_that_of_2022() -> None:
    shipped = files("ascbridge.reference").joinpath("shipped", "reasons.toml").read_text("utf-8")
    before = shipped.partition('[[list]]\nname = "delay-2024"')[0].replace(
        "version = 1\n", "version = 2\n", 1
    )
    reasons = "".join(
        f'\n[[list.reason]]\ncode = "delay-2024-{n:02}"\nwords = "Made-up reason {n}"\n' for n in range(1, 38)
    )
    whole = f'[[list]]\nname = "delay-2024"\ntitle = "All of 2024"\ncomplete = true\nsince = 2024-05-27\n{reasons}'
    lists = ReferenceLists().with_version(version_of(read(before + whole), "Nia Brown", 5))
    codes = [one.code for one in delay_reasons(lists, START)]
    assert codes == [*(f"delay-2024-{n:02}" for n in range(1, 38)), "other"]
