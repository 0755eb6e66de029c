"""One task for what somebody entered by hand and what the hospital then sends about the same stay, in any order."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.discharge.folding.joined_stays import with_theirs
from ascbridge.events.facts import catalogue as words
from ascbridge.events.facts.catalogue import PatientsLinked, PatientsUnlinked, StayChanged, TaskFact, Ward
from ascbridge.storage.tables import entered_stay, evidence, spell, task
from tests.discharge.builders import (
    Bench,
    admitted,
    at,
    bench_in_memory,
    details,
    discharged,
    not_ready,
    ready,
    stamp,
    stay,
)

if TYPE_CHECKING:
    from ascbridge.events.facts.catalogue import Fact

SITE = "RKB01"
W21 = Ward(ward="W21", room="BAY B", bed="BED 4", site=SITE)


def by_hand(when: str = "2026-03-06T11:00", **more: Any) -> Fact:
    values = {"spell": "e1", "facility": SITE, "patient_class": "", "ready": True, **more}
    return stay(words.StayEnteredByHand, when, **values)


def same(when: str = "2026-03-06T10:00") -> PatientsLinked:
    return PatientsLinked(other="p1", statement="decided", stamp=stamp(when))


def entered(bench: Bench, **more: Any) -> None:
    bench.say(details("2026-03-06T11:00"), by_hand(**more), patient="desk")


def sent(bench: Bench, *facts: Fact) -> None:
    bench.say(details("2026-03-05T10:00"), *(facts or (admitted("2026-03-05T10:00", facility=SITE),)))


def linked(bench: Bench) -> None:
    bench.say(same(), patient="desk")


def at_work(bench: Bench) -> list[TaskFact]:
    return [one for one in bench.tasks() if one.status not in {"cancelled", "entered-in-error"}]


def test_an_entry_opens_a_task_by_itself(bench: Bench) -> None:
    entered(bench, ward=W21)
    only = bench.task()
    assert (only.spell, only.status, only.signal, only.ward) == ("e1", "requested", "ready", W21)
    assert only.rule == "ready-opens@2:entered-by-hand"
    assert bench.ask(select(entered_stay.c.spell_key, entered_stay.c.patient_key)) == [("e1", "desk")]


def test_who_is_to_be_ready_later_has_a_task_that_says_when(bench: Bench) -> None:
    entered(bench, ready=None, expected_discharge="2026-03-09")
    assert (bench.task().signal, bench.task().expected_discharge) == ("in-hospital", "2026-03-09")


def test_the_hospitals_messages_go_on_with_the_task_that_was_opened_by_hand(bench: Bench) -> None:
    entered(bench)
    linked(bench)
    sent(bench)
    bench.say(not_ready("2026-03-07T09:00", facility=SITE, ward=W21))
    only = bench.task()
    assert (only.spell, only.status, only.signal, only.ward) == ("e1", "on-hold", "not-ready", W21)
    bench.say(ready("2026-03-08T09:00", facility=SITE), discharged("2026-03-08T15:00", facility=SITE))
    only = bench.task()
    assert (only.spell, only.signal, only.discharged_ms) == ("e1", "discharged", at("2026-03-08T15:00"))
    stays = {one.spell for one in bench.emitted() if isinstance(one, StayChanged)}
    assert stays == {"e1"}, "nobody is told of a second stay"
    assert bench.stay("s1")["decision"] == "joined"
    assert bench.stay("e1")["explanation"]["joined"] == ["s1"]
    by_hand, sent_one = bench.stay("e1"), bench.stay("s1")
    assert (by_hand["sealed"], by_hand["sealed_event"]) == (sent_one["sealed"], sent_one["sealed_event"])


def test_what_the_hospital_said_stands_as_evidence_of_its_own_stay(bench: Bench) -> None:
    entered(bench)
    linked(bench)
    sent(bench)
    kept = bench.ask(select(evidence.c.spell_key, evidence.c.effect).where(evidence.c.spell_key == "s1"))
    assert ("s1", "joined") in kept


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_same_in_any_order_and_again_is_one_task(order: tuple[int, ...]) -> None:
    def ready_now(bench: Bench) -> None:
        bench.say(ready("2026-03-06T09:00", facility=SITE), message="ready")

    steps = [entered, linked, sent, ready_now]
    with bench_in_memory() as bench:
        for number in (*order, *order):
            steps[number](bench)
        (only,) = at_work(bench)
        assert (only.spell, only.signal, only.opened_ms) == ("e1", "ready", at("2026-03-06T11:00"))
        assert bench.stay("s1")["decision"] == "joined"
        assert bench.stay("s1")["view"]["status"] == "entered-in-error"
        others = [one for one in bench.tasks() if one.spell == "s1"]
        assert {one.signal for one in others} <= {"joined"}


def test_without_a_link_there_are_two_and_a_link_makes_them_one(bench: Bench) -> None:
    entered(bench)
    sent(bench)
    bench.say(ready("2026-03-06T09:00", facility=SITE))
    assert [one.spell for one in at_work(bench)] == ["e1", "s1"]
    linked(bench)
    assert [one.spell for one in at_work(bench)] == ["e1"]
    closed = next(one for one in bench.tasks() if one.spell == "s1")
    assert (closed.status, closed.signal, closed.reason, closed.due_ms) == (
        "cancelled",
        "joined",
        "joined",
        None,
    )


def test_a_link_taken_back_parts_them_again(bench: Bench) -> None:
    entered(bench)
    linked(bench)
    sent(bench)
    bench.say(ready("2026-03-07T09:00", facility=SITE, ward=W21))
    assert bench.task().ward == W21
    bench.say(
        PatientsUnlinked(other="p1", statement="decided", stamp=stamp("2026-03-08T10:00")), patient="desk"
    )
    by_stay = {one.spell: one for one in at_work(bench)}
    assert sorted(by_stay) == ["e1", "s1"]
    assert (by_stay["e1"].ward, by_stay["s1"].ward) == (None, W21)
    assert bench.stay("s1")["view"]["status"] == "in-progress"


def test_another_site_stays_another_task(bench: Bench) -> None:
    entered(bench, facility="RLT01")
    linked(bench)
    sent(bench)
    bench.say(ready("2026-03-06T09:00", facility=SITE))
    assert [one.spell for one in at_work(bench)] == ["e1", "s1"]


def test_a_restricted_persons_ward_stands_in_neither_row(bench: Bench) -> None:
    entered(bench)
    linked(bench)
    sent(bench, admitted("2026-03-05T10:00", facility=SITE, ward=W21))
    bench.say(words.PatientRestricted(level="national"))
    assert bench.task().ward is None
    kept = bench.ask(select(spell.c.slots).order_by(spell.c.spell_key))
    assert len(kept) == 2
    assert all(b"W21" not in slots for slots in kept)


def test_who_is_joined_with_whom() -> None:
    joined = {"s1": "e1", "e2": "e1", "s3": "e3"}
    assert with_theirs("s1", joined) == {"s1", "e1", "e2"}
    assert with_theirs("e1", joined) == {"s1", "e1", "e2"}
    assert with_theirs("s9", joined) == {"s9"}


def test_on_a_real_database(real_bench: Bench) -> None:
    entered(real_bench)
    linked(real_bench)
    sent(real_bench)
    real_bench.say(ready("2026-03-07T09:00", facility=SITE))
    (only,) = real_bench.tasks()
    assert (only.spell, only.signal) == ("e1", "ready")
    assert real_bench.ask(select(task.c.spell_key)) == ["e1"]
