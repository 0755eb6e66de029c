"""The desk as a handler: the authored messages as facts, row by row of expected.csv, and what repeating them does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from ascbridge.discharge.stay.statements import Said
from ascbridge.events.facts import catalogue as words
from ascbridge.events.facts.catalogue import (
    Fact,
    PatientsLinked,
    PatientsUnlinked,
    StayChanged,
    TaskFact,
    VisitMoved,
)
from ascbridge.events.logs.log import Record
from ascbridge.people.membership import person_of
from ascbridge.storage.tables import event_log, evidence, patient, spell, task
from tests.discharge.builders import (
    Bench,
    admitted,
    at,
    bench_in_memory,
    death,
    details,
    discharged,
    iris,
    known,
    ready,
    snapshot,
    stamp,
    stay,
)
from tests.discharge.stories import shuffled


def after(bench: Bench, file: str) -> Bench:
    """Hear Iris's messages up to and with that file."""
    for name, fact in iris():
        bench.say(fact, message=name)
        if name == file:
            return bench
    raise AssertionError(file)


def test_02_admission_opens_a_spell_and_no_task(bench: Bench) -> None:
    after(bench, "02")
    assert bench.tasks() == []
    assert bench.stay()["view"]["status"] == "in-progress"
    assert bench.stay()["decision"] == "none"
    assert bench.stay()["explanation"]["why"] == "No rule asks for a task."


def test_03_transfer_moves_the_ward(bench: Bench) -> None:
    assert after(bench, "03").stay()["view"]["ward"]["ward"] == "W21"


def test_04_an_estimated_date_is_recorded_and_opens_nothing(bench: Bench) -> None:
    shown = after(bench, "04").stay()["view"]
    assert (shown["expected_discharge"], shown["planned_discharge"], shown["discharged_ms"]) == (
        "2026-03-09",
        "",
        None,
    )
    assert bench.tasks() == []


def test_05_ready_opens_one_task_with_its_dates(bench: Bench) -> None:
    task = after(bench, "05").task()
    assert (task.status, task.signal, task.stage) == ("requested", "ready", "new")
    assert (task.ready_on, task.planned_discharge, task.expected_discharge) == (
        "2026-03-06", "2026-03-09T14:00", "2026-03-09",
    )  # fmt: skip
    assert task.discharged_ms is None
    assert task.opened_ms == at("2026-03-06T11:30")
    assert task.due_ms == at("2026-03-06T11:45")
    assert task.owner_team == "Community Discharge Team"
    assert task.rule == "ready-opens@2:ready"
    because = bench.stay()["explanation"]["because"]
    assert [(b["input"], b["fact"]) for b in because] == [("ready", "PatientReadyForDischarge")]
    assert because[0]["event"]


def test_06_not_ready_pauses_it_and_clears_the_ready_date(bench: Bench) -> None:
    task = after(bench, "06").task()
    assert (task.status, task.signal, task.ready_on, task.due_ms) == ("on-hold", "not-ready", "", None)
    assert task.expected_discharge == "2026-03-09"


def test_07_ready_again_resumes_the_same_task_from_the_final_period(bench: Bench) -> None:
    opened = after(bench, "05").task().task
    task = after(bench, "07").task()
    assert (task.task, task.status, task.ready_on) == (opened, "requested", "2026-03-10")
    assert task.due_ms == at("2026-03-10T09:15")
    assert bench.task_events() == ["DischargeTaskOpened", "DischargeTaskPaused", "DischargeTaskResumed"]


def test_08_and_09_leave_is_noted_and_changes_no_task(bench: Bench) -> None:
    before = after(bench, "07").task()
    after(bench, "08")
    assert bench.stay()["view"]["status"] == "onleave"
    assert bench.task() == before
    after(bench, "09")
    assert bench.stay()["view"]["status"] == "in-progress"
    assert bench.task() == before


def test_10_discharge_home_moves_the_task_to_its_community_phase(bench: Bench) -> None:
    task = after(bench, "10").task()
    assert (task.status, task.signal) == ("requested", "discharged")
    assert task.discharged_ms == at("2026-03-11T16:00")
    assert task.due_ms == at("2026-03-11T18:20")
    assert bench.stay()["view"]["status"] == "finished"


def test_11_a_cancelled_discharge_reopens_the_spell_and_the_task(bench: Bench) -> None:
    task = after(bench, "11").task()
    assert (task.status, task.signal, task.discharged_ms) == ("requested", "ready", None)
    assert task.ready_on == "2026-03-10"
    assert task.due_ms == at("2026-03-11T17:45")
    shown = bench.stay()["view"]
    assert (shown["status"], shown["discharged_ms"], shown["discharge_method"]) == ("in-progress", None, None)
    withdrawn = [fact for fact in bench.emitted() if isinstance(fact, StayChanged)][-1]
    assert withdrawn.discharged_ms is None


def test_12_discharge_to_a_care_home(bench: Bench) -> None:
    task = after(bench, "12").task()
    assert (task.signal, task.discharged_ms) == ("discharged", at("2026-03-12T14:45"))
    assert bench.stay()["view"]["discharge_destination"] == {"source_code": "85", "code": "85"}
    assert [fact.revision for fact in bench.emitted() if isinstance(fact, words.TaskFact)] == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]


def desmond(bench: Bench, *, is_ready: bool = True) -> None:
    bench.say(details("2026-03-04T08:00", "75-84"), admitted("2026-03-04T08:00"))
    if is_ready:
        bench.say(ready("2026-03-04T12:00"))


def test_14_self_discharge_cancels_the_task_and_the_duty_team_must_know(bench: Bench) -> None:
    desmond(bench)
    bench.say(discharged("2026-03-05T12:00", "2", "19"))
    task = bench.task()
    assert (task.status, task.signal, task.reason) == ("cancelled", "self-discharged", "self-discharged")
    assert task.needs_a_look == ("tell-duty-team",)
    assert task.owner_team == "Community Discharge Team"
    assert task.due_ms == at("2026-03-05T16:00")


def test_14_at_night_the_task_waits_for_the_morning_and_the_clock_says_who_has_what_is_urgent(
    bench: Bench,
) -> None:
    desmond(bench)
    bench.say(discharged("2026-03-05T23:00", "2", "19"))
    assert bench.task().owner_team == "Community Discharge Team"
    assert bench.task().due_ms == at("2026-03-06T12:00")


def test_14_without_a_task_and_not_known_to_care_nothing_opens(bench: Bench) -> None:
    desmond(bench, is_ready=False)
    bench.say(discharged("2026-03-05T12:00", "2", "19"))
    assert bench.tasks() == []


def test_15_a_death_closes_the_task_as_died(bench: Bench) -> None:
    desmond(bench)
    bench.say(
        death("2026-03-14T05:00", died_on="2026-03-14T04:30"),
        discharged("2026-03-14T05:00", "4", "79", discharged_ms=at("2026-03-14T04:30")),
    )
    task = bench.task()
    assert (task.status, task.reason, task.needs_a_look, task.due_ms) == ("cancelled", "died", (), None)


def test_16_an_informal_death_closes_open_tasks_and_its_withdrawal_reopens_them(bench: Bench) -> None:
    desmond(bench)
    bench.say(death("2026-03-15T09:00", died_on="2026-03-14"))
    assert (bench.task().status, bench.task().signal) == ("cancelled", "died")
    bench.say(death("2026-03-16T09:00", died=False))
    assert (bench.task().status, bench.task().signal) == ("requested", "ready")
    assert bench.task_events() == ["DischargeTaskOpened", "DischargeTaskCancelled", "DischargeTaskResumed"]


def test_17_a_merge_joins_the_spell_to_the_other_persons(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00"), patient="p101")
    bench.say(
        details("2026-03-02T10:00"), admitted("2026-03-02T10:15"), ready("2026-03-02T12:00"), patient="p777"
    )
    bench.say(
        words.PatientsLinked(other="p777", statement="merged", stamp=stamp("2026-03-16T09:00")),
        patient="p101",
    )
    after_merge = bench.stay()["person_id"]
    assert bench.stay()["patient_key"] == "p777"
    bench.say(death("2026-03-17T09:00"), patient="p101")
    assert bench.task().signal == "died"
    persons = bench.write(lambda connection: person_of(connection, ["p101", "p777"]))
    assert persons["p101"] == persons["p777"] == after_merge
    assert bench.ask(select(task.c.person_id)) == [after_merge]


def test_18_a_cancelled_admission_makes_spell_and_task_entered_in_error(bench: Bench) -> None:
    desmond(bench)
    bench.say(stay(words.AdmissionCancelled, "2026-03-04T09:00", rank=1), message="early cancel")
    # Recorded before the ready signal: the patient was seen here afterwards, which needs a look.
    assert bench.task().needs_a_look == ("here-after-cancelled",)
    bench.say(stay(words.AdmissionCancelled, "2026-03-04T13:00", rank=1))
    task = bench.task()
    assert (task.status, task.reason, task.needs_a_look) == ("entered-in-error", "entered-in-error", ())
    assert bench.stay()["view"]["status"] == "entered-in-error"


def test_19_where_a_restricted_person_is_goes_nowhere(bench: Bench) -> None:
    after(bench, "05")
    bench.say(words.PatientRestricted(level="national"))
    bench.say(ready("2026-03-06T12:30", ward=words.Ward(ward="SECRET")))
    assert bench.task().ward is None
    row = bench.stay()
    assert row["view"]["ward"] is None
    assert b"W21" not in row["slots"]
    assert b"SECRET" not in row["slots"]
    last = [fact for fact in bench.emitted() if isinstance(fact, StayChanged | words.TaskFact)]
    assert last[-1].ward is None


def test_a_lifted_restriction_shows_what_was_known_before_it(bench: Bench) -> None:
    after(bench, "05")
    bench.say(words.PatientRestricted(level="local"))
    assert bench.task().ward is None
    bench.write(lambda connection: connection.execute(patient.update().values(restricted=0, restriction="")))
    bench.say(words.PatientRestrictionLifted())
    ward = bench.task().ward
    assert ward is not None
    assert ward.ward == "W21"


def test_20_without_an_nhs_number_the_stay_is_kept_all_the_same(bench: Bench) -> None:
    bench.say(details("2026-03-08T02:00", "85+"), admitted("2026-03-08T02:00"))
    assert bench.stay()["view"]["status"] == "in-progress"


@pytest.mark.parametrize("file", ["21", "22"])
def test_21_and_22_a_planned_admission_is_a_planned_spell_without_a_task(bench: Bench, file: str) -> None:
    planned = stay(
        words.AdmissionPlanned, "2026-03-09T09:00", patient_class="P", expected_admission="2026-03-20"
    )
    bench.say(planned, message=file)
    assert bench.stay()["view"]["status"] == "planned"
    assert bench.tasks() == []
    bench.say(stay(words.AdmissionPlanCancelled, "2026-03-10T09:00", rank=1))
    assert bench.stay()["view"]["status"] == "cancelled"


def test_01_and_23_person_details_alone_make_no_spell_and_no_task(bench: Bench) -> None:
    bench.say(details("2026-03-01T09:00"))
    assert bench.tasks() == []
    assert bench.emitted() == []


def test_hearing_everything_again_changes_nothing_and_says_nothing(bench: Bench) -> None:
    heard = [record for name, fact in iris() for record in bench.say(fact, message=name)]
    task, stay_row, events = bench.task(), bench.stay(), len(bench.emitted())
    bench.hear(heard)
    bench.hear(heard[::-1])
    assert bench.task() == task
    assert bench.stay()["slots"] == stay_row["slots"]
    assert len(bench.emitted()) == events


def test_one_batch_gives_what_single_messages_give(bench: Bench) -> None:
    after(bench, "12")
    single = (bench.task(), bench.task_events())
    other = [said for name, fact in iris() for said in bench.only_released(fact, message=name)]
    for table in (task, spell, evidence, event_log):
        bench.write(lambda connection, table=table: connection.execute(table.delete()))
    bench.hear(other)
    assert (bench.task(), bench.task_events()) == single


def test_it_leaves_alone_what_it_published_itself_and_what_it_does_not_know(bench: Bench) -> None:
    after(bench, "05")
    events = len(bench.emitted())
    headers = {"ce_id": "00000000-0000-8000-8000-000000000000", "ce_type": "x.discharge.stay-changed.v1"}
    body = StayChanged(spell="s1", revision=9, status="finished").model_dump_json().encode()
    unknown = {**headers, "ce_type": "x.discharge.patient-vanished.v1"}
    bench.hear(
        [Record("discharge", 0, 1, "p1", headers, body), Record("discharge", 0, 2, "p1", unknown, b"{}")]
    )
    assert len(bench.emitted()) == events


def test_an_unmapped_code_is_shown_at_once_and_completed_when_it_is_mapped(bench: Bench) -> None:
    after(bench, "07")
    strange = discharged("2026-03-11T16:20", discharge_destination=words.Coded(source_code="ZZ", code=None))
    bench.say(strange, message="10")
    task = bench.task()
    assert (task.signal, task.status, task.not_understood) == (
        "discharged-unclear", "requested", ("discharge_destination ZZ",),
    )  # fmt: skip
    assert task.discharged_ms == at("2026-03-11T16:20")
    bench.say(stay(words.StayDetailsRecorded, "2026-03-11T16:40", expected_discharge="2026-03-12"))
    assert bench.task().expected_discharge == "2026-03-12"
    mapped = discharged("2026-03-11T16:20", destination="51", translation=1)
    bench.say(mapped, message="10")
    task = bench.task()
    assert (task.signal, task.status, task.not_understood) == ("moved-hospital", "cancelled", ())
    assert task.needs_a_look == ("tell-hub",)


def test_a_late_first_translation_adds_nothing_after_the_second(bench: Bench) -> None:
    first = discharged("2026-03-11T16:20", destination="51")
    after(bench, "07")
    late = bench.only_released(first, message="10")
    bench.say(discharged("2026-03-11T16:20", destination="19", translation=1), message="10")
    before = bench.task()
    bench.hear(late)
    assert bench.task() == before


def test_a_message_mended_to_another_visit_takes_back_what_it_said_of_the_first(bench: Bench) -> None:
    after(bench, "07")
    bench.say(discharged("2026-03-11T16:20"), message="wrong visit")
    assert bench.task().signal == "discharged"
    bench.say(details("2026-03-11T16:20").model_copy(update={"stamp": stamp("2026-03-11T16:20", 0, 1)}),
              discharged("2026-03-11T16:20", spell="s2", translation=1), message="wrong visit")  # fmt: skip
    assert bench.task().signal == "ready"
    assert bench.stay("s2")["view"]["status"] == "finished"
    assert bench.stay("s1")["view"]["discharged_ms"] is None
    bench.say(snapshot("2026-03-03T09:10", expected_discharge="2026-03-11", translation=1), message="04")
    assert (bench.task().signal, bench.task().expected_discharge) == ("ready", "2026-03-11")


def test_a_spell_of_which_all_was_taken_back_never_was(bench: Bench) -> None:
    bench.say(ready("2026-03-06T11:30"), message="only one")
    person = details("2026-03-06T11:30").model_copy(update={"stamp": stamp("2026-03-06T11:30", 0, 1)})
    bench.say(person, message="only one")
    assert bench.stay()["view"]["status"] == "entered-in-error"
    assert (bench.task().signal, bench.task().status) == ("withdrawn", "cancelled")


def test_a_profile_that_is_not_signed_off_leaves_evidence_only(bench: Bench) -> None:
    bench.say(ready("2026-03-06T11:30", marks=("shadow",)))
    assert bench.tasks() == []
    assert bench.emitted() == []
    assert bench.ask(select(evidence.c.effect)) == ["shadow"]
    assert bench.ask(select(spell.c.spell_key)) == []


def test_a_visit_that_the_hospital_moves_goes_to_the_other_patient_with_its_task(bench: Bench) -> None:
    after(bench, "05")
    bench.say(words.VisitMoved(spell="s1", from_patient="p1", stamp=stamp("2026-03-06T13:00")), patient="p2")
    assert bench.stay()["patient_key"] == "p2"
    assert bench.ask(select(task.c.patient_key)) == ["p2"]
    subjects = bench.ask(select(event_log.c.key).order_by(event_log.c.position))
    assert subjects[-2:] == ["p2", "p2"]
    assert bench.task().needs_a_look == ()


def test_one_visit_number_under_two_people_needs_a_look(bench: Bench) -> None:
    after(bench, "05")
    bench.say(details("2026-03-06T12:00"), stay(words.StayDetailsRecorded, "2026-03-06T12:00"), patient="p9")
    assert bench.task().needs_a_look == ("two-patients",)


def heard_in(order: list[Said], bench: Bench) -> tuple[list[TaskFact], list[TaskFact], dict[str, object]]:
    """Let the desk hear a spell in an order; return its tasks, less those withdrawn, and its stay."""
    for one in order:
        bench.say(one.fact, message=one.message, patient=one.patient)
    tasks = [task.model_copy(update={"revision": 0}) for task in bench.tasks()]
    row = bench.stay()
    # When the last message came that made a difference does depend on the order: the one that says the same makes none.
    view = {name: value for name, value in row["view"].items() if name not in {"revision", "recorded_ms"}}
    return (
        tasks,
        [task for task in tasks if task.signal != "withdrawn"],
        {"view": view, "patient": row["patient_key"]},
    )


@settings(max_examples=12)
@given(shuffled(most=6))
def test_any_order_and_any_repetition_of_a_spells_messages_end_in_the_same_task(
    two: tuple[list[Said], list[Said]],
) -> None:
    found = []
    for order in two:
        with bench_in_memory() as bench:
            all_tasks, lasting, stay_row = heard_in(order, bench)
            assert len(all_tasks) <= 1
            found.append((lasting, stay_row))
    assert found[0] == found[1]


@settings(max_examples=10)
@given(st.permutations(list(iris())))
def test_iriss_messages_end_in_one_task_in_any_order(order: list[tuple[str, Fact]]) -> None:
    with bench_in_memory() as bench:
        for name, fact in order:
            bench.say(fact, message=name)
        task = bench.task()
        assert (task.signal, task.status, task.ready_on, task.discharged_ms) == (
            "discharged", "requested", "2026-03-10", at("2026-03-12T14:45"),
        )  # fmt: skip
        assert task.opened_ms == at("2026-03-06T11:30")
        assert bench.stay()["view"]["ward"]["ward"] == "W21"
        revisions = [fact.revision for fact in bench.emitted() if isinstance(fact, TaskFact)]
        assert revisions == list(range(1, len(revisions) + 1))


def test_a_later_admission_after_a_death_goes_to_needs_a_look(bench: Bench) -> None:
    bench.say(death("2026-03-14T05:00", died_on="2026-03-14"))
    bench.say(admitted("2026-03-16T10:00"))
    task = bench.task()
    assert (task.status, task.needs_a_look, task.rule) == (
        "requested", ("admitted-after-death",), "ready-opens@2:contradiction",
    )  # fmt: skip
    assert task.due_ms == at("2026-03-16T14:00")


def test_what_the_council_says_opens_the_check_whenever_it_says_it(bench: Bench) -> None:
    bench.say(admitted("2026-03-02T10:00"), discharged("2026-03-05T10:00"))
    assert bench.tasks() == []
    bench.say(known("2026-03-05T12:00"))
    task = bench.task()
    assert (task.rule, task.opened_ms) == ("ready-opens@2:discharged-known", at("2026-03-05T12:00"))
    bench.say(known("2026-03-06T02:00"))
    assert bench.task() == task
    bench.say(known("2026-03-07T02:00", value=False))
    assert bench.task().signal == "withdrawn"


def test_an_age_told_later_confirms_the_task_or_drops_it(bench: Bench) -> None:
    bench.say(ready("2026-03-06T11:30"))
    assert bench.task().not_confirmed == ("age", "residence")
    bench.say(details("2026-03-06T12:00", "85+", "local"))
    assert bench.task().not_confirmed == ()
    bench.say(details("2026-03-06T13:00", "0-17", "local"))
    assert (bench.task().signal, bench.task().reason) == ("withdrawn", "dropped:not-an-adult")
    assert bench.stay()["decision"] == "drop"
    bench.say(details("2026-03-06T14:00", "18-64", "local"))
    assert bench.task().status == "requested"


def test_what_the_council_says_under_its_own_key_counts_for_the_linked_person(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    bench.say(known("2026-03-01T02:00"), patient="council-key")
    assert bench.task().not_confirmed == ("residence",)
    bench.say(
        PatientsLinked(other="p1", statement="decided", stamp=stamp("2026-03-07T09:00")),
        patient="council-key",
    )
    assert bench.task().not_confirmed == ()
    bench.say(
        PatientsUnlinked(other="p1", statement="decided", stamp=stamp("2026-03-08T09:00")),
        patient="council-key",
    )
    assert bench.task().not_confirmed == ("residence",)


def test_the_story_keeps_every_event_with_what_it_changed(bench: Bench) -> None:
    after(bench, "06")
    bench.say(death("2026-03-08T09:00"))
    effects = dict(bench.ask(select(evidence.c.type, evidence.c.effect)))
    told = {kind.split(".")[-2]: effect for kind, effect in effects.items()}
    assert told["patient-admitted"] == "stay first heard of"
    assert told["patient-ready-for-discharge"].startswith("task opened, ")
    assert told["patient-not-ready-for-discharge"].startswith("task paused, ")
    assert told["death-status-recorded"] == "task cancelled"


def test_on_a_real_database_the_same_messages_give_the_same_task(real_bench: Bench) -> None:
    heard = [record for name, fact in iris() for record in real_bench.say(fact, message=name)]
    real_bench.hear(heard)
    task = real_bench.task()
    assert (task.signal, task.status, task.revision) == ("discharged", "requested", 6)
    real_bench.say(death("2026-03-15T09:00", died_on="2026-03-14"))
    assert real_bench.task().signal == "died"
    moved = VisitMoved(spell="s1", from_patient="p1", stamp=stamp("2026-03-16T13:00"))
    real_bench.say(moved, patient="p2")
    assert real_bench.stay()["patient_key"] == "p2"
