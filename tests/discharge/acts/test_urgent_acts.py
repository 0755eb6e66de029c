"""What people do about urgent matters: each act kept, checked by version, sealed, audited."""

import asyncio

import pytest
from sqlalchemy import select

from ascbridge.discharge.acts.desk import NotAChoice, NotNow, PersonErased, Sitting, StaleTask, UnknownTask
from ascbridge.discharge.acts.urgent_acts import UrgentWish, do_urgent, say_urgent
from ascbridge.discharge.urgent import urgent_store
from ascbridge.people.opening import SealedValue, open_bytes
from ascbridge.storage.tables import audit, urgent_act
from tests.discharge.builders import Bench, admitted, at, details, discharged, ready
from tests.discharge.urgency import KINDS, OLA, SAM, act, matter, matters

LEFT = at("2026-03-06T21:00")
LATER = LEFT + 600_000


@pytest.fixture
def carer_in(bench: Bench) -> Bench:
    bench.clock.ms = LEFT
    KINDS["carer-admitted"](bench, LEFT)
    return bench


def test_a_night_of_ringing_asking_and_writing_is_kept_in_order_and_audited(carer_in: Bench) -> None:
    act(carer_in, "ring", "ward", when=LATER, actor=OLA)
    act(carer_in, "answer", "yes", when=LATER + 1, actor=OLA, text="Her son rang: he is away")
    assert matter(carer_in).status == "urgent"
    act(carer_in, "note", when=LATER + 2, actor=OLA, text="A neighbour stays the night")
    act(carer_in, "settle", when=LATER + 3, actor=OLA, text="Safe until noon")
    one = matter(carer_in)
    assert (one.status, one.version, one.to_take_up) == ("settled", 4, True)
    rows = carer_in.write(lambda c: urgent_store.act_rows(c, [one.id]))[one.id]
    assert [(row.act, row.actor, row.role) for row in rows] == [
        (name, "ola", "out-of-hours") for name in ("ring", "answer", "note", "settle")
    ]
    assert rows[0].detail == {"whom": "ward", "reached": False, "list": "urgent@1"}
    values = [SealedValue(row.sealed or b"", row.key_id, row.act_id) for row in rows[1:]]
    opened = carer_in.write(lambda c: open_bytes(c, carer_in.data_keys, values))
    assert [text.decode() for text in opened][1] == "A neighbour stays the night"
    assert carer_in.ask(select(audit.c.what).order_by(audit.c.at_ms)) == [
        "urgent matter ring", "urgent matter answer", "urgent matter note", "urgent matter settle",
    ]  # fmt: skip
    act(carer_in, "take-up", when=LATER + 4)
    assert not matter(carer_in).to_take_up
    with pytest.raises(NotNow, match="taken up"):
        act(carer_in, "take-up", when=LATER + 5)


def test_the_night_does_not_take_up_what_it_wrote_itself(carer_in: Bench) -> None:
    act(carer_in, "note", when=LATER, actor=OLA, text="Rang nobody")
    with pytest.raises(NotNow, match="discharge team takes up"):
        act(carer_in, "take-up", when=LATER, actor=OLA)


def test_whoever_comes_second_loses_nothing_and_is_told(carer_in: Bench) -> None:
    act(carer_in, "note", when=LATER, text="first")
    with pytest.raises(StaleTask):
        act(carer_in, "note", when=LATER, text="second", version=0)
    assert matter(carer_in).version == 1


def test_choices_that_there_are_not_are_refused(carer_in: Bench) -> None:
    with pytest.raises(NotAChoice):
        act(carer_in, "answer", "perhaps", when=LATER)
    with pytest.raises(NotAChoice):
        act(carer_in, "ring", "the-moon", when=LATER)
    with pytest.raises(UnknownTask):
        carer_in.write(
            lambda c: do_urgent(c, Sitting(carer_in.desk, SAM, 0, LATER), "nothing", UrgentWish("note"))
        )
    act(carer_in, "answer", "no", when=LATER)
    with pytest.raises(NotNow, match="not urgent any more"):
        act(carer_in, "settle", when=LATER)


def test_nothing_is_asked_about_what_the_facts_tell(bench: Bench) -> None:
    bench.clock.ms = LEFT
    KINDS["self-discharge"](bench, LEFT)
    with pytest.raises(NotNow, match="Nothing is asked"):
        act(bench, "answer", "yes", when=LATER)


def test_nothing_more_is_written_about_an_erased_person(carer_in: Bench) -> None:
    carer_in.write(lambda c: carer_in.data_keys.erase(c, ["p1"], LATER))
    with pytest.raises(PersonErased):
        act(carer_in, "note", when=LATER, text="Rang the ward")
    act(carer_in, "ring", "ward", when=LATER)


def state(bench: Bench, code: str, when: int, text: str = "Ring at ten") -> str:
    id = bench.task().task
    return bench.write(lambda c: say_urgent(c, Sitting(bench.desk, SAM, 0, when), id, code, text))


def test_people_say_what_no_message_tells_and_only_of_the_kinds_of_the_table(bench: Bench) -> None:
    bench.clock.ms = LEFT
    bench.say(details(LEFT - 9), admitted(LEFT - 8), ready(LEFT - 7))
    with pytest.raises(NotAChoice):
        state(bench, "lonely", LATER)
    state(bench, "alone-tonight", LATER)
    one = matter(bench)
    assert (one.status, one.because, one.since_ms, one.to_take_up) == ("urgent", (), LATER, False)
    with pytest.raises(NotNow, match="already"):
        state(bench, "alone-tonight", LATER + 1)
    bench.say(discharged(LATER + 2))
    assert matter(bench).status == "urgent", "what people said holds until they settle it"
    act(bench, "settle", when=LATER + 3, text="Her daughter is there")
    state(bench, "alone-tonight", LATER + 4)
    assert (matter(bench).status, matter(bench).since_ms) == ("urgent", LATER + 4)
    assert [row.act for row in bench.ask(select(urgent_act).order_by(urgent_act.c.version))] == [
        "say-urgent", "settle", "say-urgent",
    ]  # fmt: skip


def test_a_fact_that_is_over_may_still_be_said_to_be_urgent(bench: Bench) -> None:
    bench.clock.ms = LEFT
    bench.say(details(LEFT - 9), ready(LEFT - 8))
    KINDS["carer-admitted"](bench, LEFT)
    bench.say(discharged(LATER))
    assert matters(bench)["carer-admitted"].status == "over"
    state(bench, "carer-admitted", LATER + 1)
    assert matters(bench)["carer-admitted"].status == "to-ask", "it is asked anew"


def test_two_who_act_at_once_on_real_databases_are_told_apart(real_bench: Bench) -> None:
    real_bench.clock.ms = LEFT
    KINDS["carer-admitted"](real_bench, LEFT)
    one = matter(real_bench)

    async def both() -> list[object]:
        def by(actor: object, when: int) -> object:
            sitting = Sitting(real_bench.desk, actor, 0, when)  # type: ignore[arg-type]  # an actor
            return real_bench.database.write(
                lambda c: do_urgent(c, sitting, one.id, UrgentWish("ring", "ward"))
            )

        return await asyncio.gather(by(SAM, LATER), by(OLA, LATER), return_exceptions=True)  # type: ignore[arg-type]  # coroutines

    results = real_bench.runner.run(both())
    assert sorted(type(one).__name__ for one in results) == ["StaleTask", "int"]
    assert matter(real_bench).version == 1
