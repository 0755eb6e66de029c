"""Who lives elsewhere is handed over, and who lives nowhere has a plan: nobody is dropped for where they live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.discharge.acts.desk import Sitting, settle_look
from ascbridge.discharge.deciding.decision import task_id
from ascbridge.events.facts.catalogue import PatientRestricted
from ascbridge.people.actor import Actor
from tests.discharge.builders import NEED, admitted, at, bench_in_memory, death, details, known, ready

if TYPE_CHECKING:
    from tests.discharge.builders import Bench

WARWICKSHIRE: dict[str, Any] = {"residence": "elsewhere", "authority": "Warwickshire County Council"}


def hears(bench: Bench, **said: Any) -> None:
    bench.say(details("2026-03-06T09:00", **said), admitted("2026-03-06T09:00"))
    bench.say(ready("2026-03-06T10:00"))


def test_the_other_council_is_named_and_the_work_is_ours_until_it_took_it(bench: Bench) -> None:
    hears(bench, **WARWICKSHIRE)
    task = bench.task()
    assert (task.status, task.rule) == ("requested", "ready-opens@2:ready")
    assert (task.hand_over, task.hand_over_to) == ("named", "Warwickshire County Council")
    assert task.needs_a_look == ("hand-over",)
    assert task.due_ms is not None


@pytest.mark.parametrize("said", [{"residence": "elsewhere"}, {"authority_code": "E99"}])
def test_where_nobody_said_which_council_somebody_looks(bench: Bench, said: dict[str, Any]) -> None:
    hears(bench, **said)
    task = bench.task()
    assert (task.hand_over, task.hand_over_to, task.needs_a_look) == ("unknown", "", ("authority-unknown",))


def test_whom_our_council_knows_is_ours_wherever_they_are_said_to_live(bench: Bench) -> None:
    hears(bench, **WARWICKSHIRE)
    bench.say(known("2026-03-06T11:00"))
    assert (bench.task().hand_over, bench.task().needs_a_look) == ("", ())


def test_an_older_name_is_not_taken_for_what_was_said_last(bench: Bench) -> None:
    hears(bench, **WARWICKSHIRE)
    bench.say(details("2026-03-06T11:00", residence="elsewhere"))
    assert bench.task().hand_over == "unknown"
    bench.say(details("2026-03-06T12:00", residence="local"))
    assert (bench.task().hand_over, bench.task().needs_a_look) == ("", ())


def test_no_fixed_address_is_seen_to_and_settled_once(bench: Bench) -> None:
    hears(bench, fixed_address="no")
    assert (bench.task().status, bench.task().needs_a_look) == ("requested", ("no-fixed-address",))
    actor = Actor("sam", "discharge-team", "work")
    bench.write(
        lambda c: settle_look(c, Sitting(bench.desk, actor, 0, at("2026-03-06T12:00")), task_id("s1"), "no-fixed-address")
    )  # fmt: skip
    bench.say(details("2026-03-06T13:00", fixed_address="no"))
    assert bench.task().needs_a_look == (), "each message says it again, and nobody need settle it again"


def test_nobody_is_handed_over_who_died_or_has_no_task(bench: Bench) -> None:
    bench.say(details("2026-03-06T09:00", **WARWICKSHIRE), admitted("2026-03-06T09:00"))
    assert bench.tasks() == []
    bench.say(ready("2026-03-06T10:00"))
    bench.say(death("2026-03-06T11:00"))
    assert bench.task().needs_a_look == ()


def test_where_a_restricted_person_lives_names_no_council(bench: Bench) -> None:
    bench.say(PatientRestricted(level="national"))
    hears(bench, **WARWICKSHIRE)
    assert (bench.task().hand_over, bench.task().hand_over_to) == ("", "")
    assert bench.task().status == "requested"


def test_the_other_rule_set_drops_nobody_for_it_either() -> None:
    with bench_in_memory(NEED) as bench:
        hears(bench, **WARWICKSHIRE)
        assert bench.task().hand_over == "named"
