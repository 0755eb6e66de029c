"""What people do with the information that goes with a person, and what a task cannot be completed without."""

import pytest
from sqlalchemy import select

from ascbridge.discharge.acts import desk, stage_acts
from ascbridge.discharge.acts.desk import NotAChoice, NotNow, PersonErased, Sitting, StaleTask, UnknownTask
from ascbridge.discharge.acts.pack_desk import PackWish, pack_change
from ascbridge.events.facts.information_pack import InformationPackChanged
from ascbridge.storage.tables import audit, pack_act
from tests.discharge.builders import Bench, admitted, at, details, ready
from tests.discharge.packing import HOME, pack
from tests.discharge.split import NOON, SAM


@pytest.fixture
def ready_bench(bench: Bench) -> Bench:
    bench.say(details("2026-03-02T10:00"), admitted("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    return bench


def complete(bench: Bench, outcome: str) -> int:
    task = bench.task().task
    version = bench.write(lambda c: c.execute(select(desk.task.c.desk_version)).scalar_one())
    return bench.write(lambda c: desk.complete(c, Sitting(bench.desk, SAM, version, at(NOON)), task, outcome))


def published(bench: Bench) -> list[InformationPackChanged]:
    return [fact for fact in bench.emitted() if isinstance(fact, InformationPackChanged)]


def test_a_task_is_completed_once_nothing_is_missing(ready_bench: Bench) -> None:
    with pytest.raises(
        NotNow, match="First: Discharge summary: missing from what goes with the person; Needs"
    ):
        complete(ready_bench, "care-home")
    pack(ready_bench, "present", *HOME)
    with pytest.raises(NotNow, match="First: Infection status: missing"):
        complete(ready_bench, "care-home")
    pack(ready_bench, "waive", "infection-status", reason="there-already")
    pack(ready_bench, "missing", "needs")
    with pytest.raises(NotNow, match="First: Needs"):
        complete(ready_bench, "care-home")
    pack(ready_bench, "present", "needs")
    complete(ready_bench, "care-home")
    assert ready_bench.task().status == "completed"


def test_where_nobody_receives_the_person_nothing_is_asked_for(ready_bench: Bench) -> None:
    complete(ready_bench, "no-support")
    assert ready_bench.task().status == "completed"


def test_a_setting_that_was_chosen_decides_what_is_asked_for(ready_bench: Bench) -> None:
    pack(ready_bench, "present", *HOME)
    with pytest.raises(NotNow, match="Infection status"):
        complete(ready_bench, "support-at-home")  # nobody said yet that it is their own home
    task = ready_bench.task().task
    for version, (act, more) in enumerate(
        [
            (stage_acts.accept, ()),
            (stage_acts.move_stage, ("triaged",)),
            (stage_acts.confirm_pathway, ("home-with-support",)),
        ]
    ):
        ready_bench.write(
            lambda c, act=act, more=more, v=version: act(
                c, Sitting(ready_bench.desk, SAM, v, at(NOON)), task, *more
            )  # type: ignore[misc]  # bound at once
        )
    complete(ready_bench, "support-at-home")
    assert ready_bench.task().status == "completed"


def test_each_change_is_published_and_says_what_is_missing(ready_bench: Bench) -> None:
    pack(ready_bench, "present", "summary", text="Example House has it")
    pack(ready_bench, "waive", "needs", reason="follows-by-phone")
    first, last = published(ready_bench)
    assert (first.revision, first.present, first.waived) == (1, ("summary",), {})
    assert (last.revision, last.waived, last.list_version) == (2, {"needs": "follows-by-phone"}, "packs@1")
    assert "Example" not in last.model_dump_json()


def test_the_receipt_is_asked_for_and_written_down_once(ready_bench: Bench) -> None:
    with pytest.raises(NotNow, match="Nobody was asked"):
        pack(ready_bench, "receipt", text="Mrs Example")
    pack(ready_bench, "ask-receipt", text="Example House", when="2026-03-06T13:00")
    asked = published(ready_bench)[-1]
    assert (asked.receipt_asked_ms, asked.receipt_due_ms) == (at("2026-03-06T13:00"), at("2026-03-07T13:00"))
    for wrong in ("2026-03-06T12:59", "2026-03-06T15:01"):
        with pytest.raises(NotAChoice):
            pack(ready_bench, "receipt", when="2026-03-06T15:00", received_ms=at(wrong))
    pack(
        ready_bench,
        "receipt",
        when="2026-03-08T15:00",
        received_ms=at("2026-03-08T14:00"),
        text="Mrs Example",
    )
    came = published(ready_bench)[-1]
    assert (came.receipt_ms, came.receipt_due_ms) == (at("2026-03-08T14:00"), None)
    with pytest.raises(NotNow, match="already"):
        pack(ready_bench, "receipt", when="2026-03-08T16:00")


def test_what_is_none_of_the_list_is_refused(ready_bench: Bench) -> None:
    for act, items, more in (
        ("present", (), {}),
        ("present", ("house",), {}),
        ("waive", ("needs",), {"reason": "made-up"}),
        ("waive", ("needs", "summary"), {"reason": "there-already"}),
    ):
        with pytest.raises(NotAChoice):
            pack(ready_bench, act, *items, **more)
    with pytest.raises(NotNow):
        pack(ready_bench, "missing", "needs")
    assert published(ready_bench) == []


def test_acts_are_checked_by_version_sealed_and_audited(ready_bench: Bench) -> None:
    pack(ready_bench, "present", "summary", text="Example House has it")
    with pytest.raises(StaleTask):
        pack(ready_bench, "present", "needs", version=0)
    (row,) = ready_bench.ask(select(pack_act))
    assert b"Example" not in row.sealed
    assert ready_bench.ask(select(audit.c.what)) == ["pack present"]
    ready_bench.write(lambda c: ready_bench.data_keys.erase(c, ["p1"], at(NOON)))
    with pytest.raises(PersonErased):
        pack(ready_bench, "present", "needs", text="More")
    sitting = Sitting(ready_bench.desk, SAM, 0, at(NOON))
    with pytest.raises(UnknownTask):
        ready_bench.write(lambda c: pack_change(c, sitting, "t0", PackWish("present", ("needs",))))
