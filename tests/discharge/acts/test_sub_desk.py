"""What people do with split-off work: kept for good, checked by version, decided upon at once."""

import asyncio

import pytest
from sqlalchemy import select

from ascbridge.discharge.acts import desk
from ascbridge.discharge.acts.desk import NotAChoice, NotNow, PersonErased, Sitting, StaleTask, UnknownTask
from ascbridge.discharge.acts.sub_desk import Split, SubWish, split_off, sub_act
from ascbridge.people.opening import SealedValue, open_bytes
from ascbridge.storage.tables import audit, sub_task
from ascbridge.storage.tables import sub_act as sub_act_table
from tests.discharge.builders import Bench, admitted, at, death, details, ready
from tests.discharge.split import ALEX, NOON, SAM, act, equipment, split, sub_events, sub_fact, sub_facts


@pytest.fixture
def ready_bench(bench: Bench) -> Bench:
    bench.say(details("2026-03-02T10:00"), admitted("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    return bench


def test_brokerage_with_an_offer_that_fell_through_is_placed_and_its_time_told(ready_bench: Bench) -> None:
    id = split(ready_bench, "brokerage", when="2026-03-06T12:00")
    seen = [(sub_fact(ready_bench, id).status, sub_fact(ready_bench, id).state_words)]
    steps = [
        ("claim", "", ""), ("state", "requested", ""), ("state", "offered", ""),
        ("state", "offer-failed", "provider-withdrew"), ("state", "offered", ""), ("state", "placed", ""),
    ]  # fmt: skip
    for number, (name, choice, reason) in enumerate(steps):
        act(ready_bench, id, name, choice, reason=reason, when=f"2026-03-06T{13 + number}:00")
        seen.append((sub_fact(ready_bench, id).status, sub_fact(ready_bench, id).state_words))
    assert seen == [
        ("requested", "To be asked for"),
        ("accepted", "To be asked for"),
        ("in-progress", "Providers asked"),
        ("in-progress", "An offer came"),
        ("in-progress", "The offer fell through"),
        ("in-progress", "An offer came"),
        ("completed", "Placed"),
    ]
    fact = sub_fact(ready_bench, id)
    assert (fact.offers, fact.offers_lost, fact.owner_team) == (2, 1, "Brokerage Team")
    assert fact.finished_ms is not None
    assert fact.finished_ms - fact.opened_ms == 6 * 3_600_000
    assert (fact.due_ms, fact.list_version, fact.parent) == (None, "sub-tasks@1", ready_bench.task().task)
    assert sub_events(ready_bench) == [
        "SubTaskOpened", "SubTaskChanged", "SubTaskChanged", "SubTaskChanged", "SubTaskChanged", "SubTaskChanged",
        "SubTaskCompleted",
    ]  # fmt: skip


def test_two_pieces_of_equipment_are_two_sub_tasks(ready_bench: Bench) -> None:
    first, second = (
        split(ready_bench, "equipment", thing="hoist"),
        split(ready_bench, "equipment", thing="hoist"),
    )
    assert first != second
    assert [one.kind for one in sub_facts(ready_bench)] == ["equipment", "equipment"]


def test_a_state_that_asks_for_a_reason_is_not_reached_without_one_of_its_list(ready_bench: Bench) -> None:
    id = split(ready_bench, "brokerage")
    for reason in ("", "made-up"):
        with pytest.raises(NotAChoice):
            act(ready_bench, id, "state", "offer-failed", reason=reason)
    with pytest.raises(NotAChoice):
        act(ready_bench, id, "state", "delivered")
    act(ready_bench, id, "state", "failed", reason="no-offer")
    assert (sub_fact(ready_bench, id).status, sub_fact(ready_bench, id).reason) == ("failed", "no-offer")
    assert sub_events(ready_bench)[-1] == "SubTaskFailed"


def test_what_is_closed_is_opened_again_and_goes_on(ready_bench: Bench) -> None:
    id = split(ready_bench, "therapy")
    act(ready_bench, id, "stop", "declined")
    assert (sub_fact(ready_bench, id).status, sub_fact(ready_bench, id).reason) == ("cancelled", "declined")
    with pytest.raises(NotNow, match="open it again first"):
        act(ready_bench, id, "state", "visited")
    act(ready_bench, id, "reopen")
    act(ready_bench, id, "state", "visited")
    assert sub_fact(ready_bench, id).status == "completed"
    assert sub_events(ready_bench)[-2:] == ["SubTaskResumed", "SubTaskCompleted"]


def test_somebody_who_was_slower_is_told_and_nothing_is_lost(ready_bench: Bench) -> None:
    id = split(ready_bench, "transport")
    act(ready_bench, id, "claim")
    with pytest.raises(StaleTask):
        act(ready_bench, id, "state", "booked", actor=ALEX, version=1)
    with pytest.raises(NotNow, match="sam has this"):
        act(ready_bench, id, "claim", actor=ALEX)
    with pytest.raises(StaleTask):
        split(ready_bench, "transport", seen=0)
    assert len(sub_facts(ready_bench)) == 1


def test_one_takes_back_ones_own_last_act_within_ten_minutes(ready_bench: Bench) -> None:
    id = split(ready_bench, "transport", when="2026-03-06T12:00")
    act(ready_bench, id, "state", "booked", when="2026-03-06T12:01")
    with pytest.raises(NotNow):
        act(ready_bench, id, "undo", when="2026-03-06T12:02", actor=ALEX)
    with pytest.raises(NotNow):
        act(ready_bench, id, "undo", when="2026-03-06T12:12")
    act(ready_bench, id, "undo", when="2026-03-06T12:05")
    assert (sub_fact(ready_bench, id).state, sub_fact(ready_bench, id).status) == ("to-book", "requested")
    with pytest.raises(NotNow):
        act(ready_bench, id, "undo", when="2026-03-06T12:06")


def test_text_is_sealed_and_every_act_is_audited(ready_bench: Bench) -> None:
    id = split(ready_bench, "brokerage", text="Ask Example House first")
    act(ready_bench, id, "note", text="Rang twice")
    rows = ready_bench.ask(select(sub_act_table).order_by(sub_act_table.c.version))
    assert b"Example House" not in rows[0].sealed
    opened = ready_bench.write(
        lambda c: open_bytes(
            c, ready_bench.data_keys, [SealedValue(row.sealed, row.key_id, row.act_id) for row in rows]
        )
    )
    assert opened == [b"Ask Example House first", b"Rang twice"]
    person = ready_bench.stay()["person_id"]
    assert [tuple(row) for row in ready_bench.ask(select(audit.c.who, audit.c.what, audit.c.whom))] == [
        ("sam", "sub-task split", person),
        ("sam", "sub-task note", person),
    ]
    ready_bench.write(lambda c: ready_bench.data_keys.erase(c, ["p1"], at(NOON)))
    with pytest.raises(PersonErased):
        act(ready_bench, id, "note", text="More")


def test_only_a_task_that_is_wanted_has_work_split_off_it(ready_bench: Bench) -> None:
    with pytest.raises(NotAChoice):
        split(ready_bench, "plumbing")
    with pytest.raises(NotAChoice):
        split(ready_bench, "equipment", about="equipment:nobody")
    sitting = Sitting(ready_bench.desk, SAM, 0, at(NOON))
    with pytest.raises(UnknownTask):
        ready_bench.write(lambda c: split_off(c, sitting, "t0", Split("transport")))
    with pytest.raises(UnknownTask):
        ready_bench.write(lambda c: sub_act(c, sitting, "u0", SubWish("claim")))
    ready_bench.say(death("2026-03-06T11:45"))
    with pytest.raises(NotNow, match="not wanted"):
        split(ready_bench, "transport")


def test_a_thing_has_one_sub_task_and_what_blocks_is_said_and_taken_back(ready_bench: Bench) -> None:
    ready_bench.say(equipment("2026-03-06T11:40", "ordered"))
    id = split(ready_bench, "equipment", about="equipment:E7", before=True)
    with pytest.raises(NotNow, match="already"):
        split(ready_bench, "equipment", about="equipment:E7")
    assert ready_bench.ask(select(sub_task.c.blocks)) == [1]
    act(ready_bench, id, "need", "no")
    assert ready_bench.ask(select(sub_task.c.blocks)) == [0]
    with pytest.raises(NotAChoice):
        act(ready_bench, id, "need", "perhaps")
    other = split(ready_bench, "brokerage", before=True)  # nobody waits in hospital for a form
    assert not sub_fact(ready_bench, other).before_discharge
    with pytest.raises(NotAChoice):
        act(ready_bench, other, "need", "yes")


def test_two_acts_at_the_same_moment_give_one_and_one_stale(real_bench: Bench) -> None:
    real_bench.say(details("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    id = split(real_bench, "transport")

    async def both() -> list[object]:
        acts = (
            real_bench.database.write(
                lambda connection, who=who: sub_act(
                    connection, Sitting(real_bench.desk, who, 1, at(NOON)), id, SubWish("claim")
                )
            )
            for who in (SAM, ALEX)
        )
        return list(await asyncio.gather(*acts, return_exceptions=True))

    found = real_bench.runner.run(both())
    assert sorted(type(one).__name__ for one in found) == ["StaleTask", "int"]


def test_what_was_done_on_the_parent_goes_on_beside(ready_bench: Bench) -> None:
    id = split(ready_bench, "therapy")
    parent = ready_bench.task().task
    sitting = Sitting(ready_bench.desk, SAM, 0, at(NOON))
    ready_bench.write(lambda c: desk.claim(c, sitting, parent))
    assert sub_fact(ready_bench, id).status == "requested"
