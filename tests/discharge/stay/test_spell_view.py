"""The view of a stay: which statement decides what, and what contradicts."""

import pytest
from hypothesis import given

from ascbridge.discharge.stay.spell import EMPTY, fold
from ascbridge.discharge.stay.spell_view import SpellView, classes, ever_left, ever_ready, view
from ascbridge.discharge.stay.statements import Said
from ascbridge.events.facts import catalogue as words
from ascbridge.events.facts.catalogue import StayFact, VisitMoved, Ward
from tests.discharge.builders import (
    ED,
    W21,
    admitted,
    at,
    coded,
    discharge_cancelled,
    discharged,
    iris,
    not_ready,
    ready,
    said,
    snapshot,
    stamp,
    stay,
)
from tests.discharge.stories import spells


def seen(*facts: StayFact | VisitMoved) -> SpellView:
    return view(fold([said(fact, message=f"m{n}") for n, fact in enumerate(facts)]))


def test_the_last_recorded_statement_decides_admission_and_discharge_whatever_arrives_last() -> None:
    facts = [
        discharge_cancelled("2026-03-11T17:30"),
        discharged("2026-03-11T16:20"),
        admitted("2026-03-02T10:00"),
    ]
    assert seen(*facts).status == "in-progress"
    assert seen(*facts, discharged("2026-03-12T15:00")).discharged_ms == at("2026-03-12T15:00")


def test_the_latest_occurred_decides_the_ward() -> None:
    late_news = stay(
        words.PatientTransferred, "2026-03-03T10:00", occurred_ms=at("2026-03-02T11:00"), ward=ED
    )
    moved = stay(words.PatientTransferred, "2026-03-02T16:40", occurred_ms=at("2026-03-02T16:30"), ward=W21)
    assert seen(late_news, moved).ward == W21
    undone = stay(
        words.TransferCancelled, "2026-03-02T17:00", rank=1, occurred_ms=at("2026-03-02T16:30"), ward=ED
    )
    assert seen(late_news, moved, undone).ward == ED


@pytest.mark.parametrize(
    "facts, expected",
    [
        ([snapshot("2026-03-02T10:00")], "unknown"),
        ([stay(words.AdmissionPlanned, "2026-03-02T10:00")], "planned"),
        ([stay(words.AdmissionPlanned, "2026-03-02T10:00"), stay(words.AdmissionPlanCancelled, "2026-03-03T10:00")], "cancelled"),
        ([stay(words.AdmissionPlanned, "2026-03-02T10:00"), admitted("2026-03-03T10:00")], "in-progress"),
        ([stay(words.PatientTransferred, "2026-03-02T10:00")], "in-progress"),
        ([admitted("2026-03-02T10:00"), stay(words.PatientWentOnLeave, "2026-03-02T11:00")], "onleave"),
        ([admitted("2026-03-02T10:00"), stay(words.AdmissionCancelled, "2026-03-02T10:00", rank=1)], "entered-in-error"),
        ([stay(words.AdmissionCancelled, "2026-03-02T10:00", rank=1), admitted("2026-03-02T12:00")], "in-progress"),
        ([admitted("2026-03-02T10:00"), discharged("2026-03-03T10:00")], "finished"),
        ([stay(words.PatientWentOnLeave, "2026-03-02T11:00"), discharged("2026-03-03T10:00")], "finished"),
    ],
)  # fmt: skip
def test_status(facts: list[StayFact], expected: str) -> None:
    assert seen(*facts).status == expected
    assert seen(*reversed(facts)).status == expected


def test_a_stay_of_which_nothing_is_left_never_was() -> None:
    empty = view(EMPTY, "p1")
    assert (empty.status, empty.patient, empty.since_ms, empty.recorded_ms) == (
        "entered-in-error",
        "p1",
        0,
        0,
    )


def test_the_ready_date_is_that_of_the_final_period() -> None:
    first, second = (
        ready("2026-03-06T11:30", ready_on="2026-03-06"),
        ready("2026-03-10T09:00", ready_on="2026-03-10"),
    )
    between = not_ready("2026-03-07T10:00")
    assert seen(first).ready_on == "2026-03-06"
    assert (seen(first, between).ready, seen(first, between).ready_on) == (False, "")
    assert seen(second, between, first).ready_on == "2026-03-10"
    late = not_ready("2026-03-12T10:00")
    assert seen(second, between, first, late).ready is False


def test_without_a_stated_date_the_period_begins_on_the_london_day_of_its_first_signal() -> None:
    first = ready("2026-07-06T00:30")
    again = ready("2026-07-08T09:00")
    assert seen(again, first).ready_on == "2026-07-06"
    assert seen(again, first, not_ready("2026-07-07T09:00")).ready_on == "2026-07-08"


def test_a_date_stated_before_this_period_is_not_its_date() -> None:
    shown = seen(
        ready("2026-03-06T11:30", ready_on="2026-03-06"),
        not_ready("2026-03-07T10:00", clears=()),
        ready("2026-03-10T09:00"),
    )
    assert shown.ready_on == "2026-03-10"


def test_the_four_dates_are_four_fields() -> None:
    shown = seen(
        admitted("2026-03-02T10:00"),
        snapshot("2026-03-03T10:00", expected_discharge="2026-03-09"),
        ready("2026-03-06T11:30", ready_on="2026-03-06", planned_discharge="2026-03-08"),
    )
    dates = (shown.expected_discharge, shown.planned_discharge, shown.ready_on, shown.discharged_ms)
    assert dates == ("2026-03-09", "2026-03-08", "2026-03-06", None)


@given(spells())
def test_only_a_discharge_ever_ends_a_stay(heard: list[Said]) -> None:
    shown = view(fold(heard), "p1")
    actual = {one.fact.discharged_ms for one in heard if isinstance(one.fact, words.PatientDischarged)}
    assert shown.discharged_ms is None or shown.discharged_ms in actual
    assert (shown.status == "finished") <= (shown.discharged_ms is not None)


def test_a_code_that_nobody_mapped_is_named_and_the_discharge_stands() -> None:
    strange = words.Coded(source_code="ZZ", code=None)
    shown = seen(
        admitted("2026-03-02T10:00", admission_source=strange),
        discharged("2026-03-11T16:20", discharge_method=strange),
    )
    assert shown.not_understood == ("admission_source ZZ", "discharge_method ZZ")
    assert shown.discharged_ms == at("2026-03-11T16:20")
    assert shown.discharge_destination == coded("19")


def test_a_discharge_taken_back_takes_its_codes_with_it() -> None:
    shown = seen(discharged("2026-03-11T16:20"), discharge_cancelled("2026-03-11T17:30"))
    assert (shown.discharged_ms, shown.discharge_method, shown.discharge_destination) == (None, None, None)


def test_due_times_count_from_what_now_holds() -> None:
    facts = [fact for _, fact in iris()]
    assert seen(facts[0]).since_ms == at("2026-03-02T10:15")
    assert seen(*facts[:4]).since_ms == at("2026-03-06T11:30")
    assert seen(*facts[:5]).since_ms == at("2026-03-07T10:00")
    assert seen(*facts[:9]).since_ms == at("2026-03-11T16:20")
    assert seen(*facts[:10]).since_ms == at("2026-03-11T17:30")
    assert seen(stay(words.AdmissionPlanned, "2026-03-02T10:00")).since_ms == at("2026-03-02T10:00")
    assert seen(snapshot("2026-03-02T10:00")).since_ms == at("2026-03-02T10:00")


MOVED = VisitMoved(spell="s1", from_patient="p1", stamp=stamp("2026-03-06T13:00"))


@pytest.mark.parametrize(
    "facts, code",
    [
        ([discharged("2026-03-11T16:20"), discharged("2026-03-11T16:20", destination="85")], "discharge-tie"),
        ([ready("2026-03-06T11:30"), snapshot("2026-03-06T11:30", ready=False)], "ready-tie"),
        ([admitted("2026-03-02T10:00"), stay(words.AdmissionCancelled, "2026-03-02T10:00")], "cancelled-tie"),
        (
            [admitted("2026-03-02T10:00"), stay(words.AdmissionCancelled, "2026-03-02T11:00", rank=1), ready("2026-03-06T11:30")],
            "here-after-cancelled",
        ),
        ([discharged("2026-03-11T16:20"), admitted("2026-03-12T10:00")], "admitted-after-discharge"),
        ([admitted("2026-03-12T10:00", occurred_ms=at("2026-03-13T10:00")), discharged("2026-03-12T16:20")], "discharged-before-admitted"),
        ([discharged("2026-03-11T16:20"), stay(words.PatientTransferred, "2026-03-11T18:00")], "moved-after-discharge"),
    ],
)  # fmt: skip
def test_contradictions(facts: list[StayFact], code: str) -> None:
    assert [one.code for one in seen(*facts).contradictions] == [code]
    assert [one.code for one in seen(*reversed(facts)).contradictions] == [code]


def test_the_ordinary_story_contradicts_nothing() -> None:
    facts = [fact for _, fact in iris()]
    for count in range(1, len(facts) + 1):
        assert seen(*facts[:count]).contradictions == ()


def test_a_move_recorded_late_that_happened_before_the_discharge_is_no_contradiction() -> None:
    late = stay(words.PatientTransferred, "2026-03-11T18:00", occurred_ms=at("2026-03-11T09:00"), ward=W21)
    assert seen(discharged("2026-03-11T16:20"), late).contradictions == ()


def test_a_stay_belongs_to_whom_it_was_moved_to() -> None:
    state = fold([said(ready("2026-03-06T11:30"), "p1"), said(MOVED, "p2")])
    assert (view(state).patient, view(state).patients, view(state).moved) == ("p2", ("p1", "p2"), True)
    again = fold(
        [said(ready("2026-03-06T11:30"), "p1"), said(MOVED, "p2"), said(snapshot("2026-03-06T14:00"), "p1")]
    )
    assert view(again).patient == "p2"
    assert [one.code for one in view(again).contradictions] == ["other-patient-after-move"]


def test_a_stay_is_under_the_patient_of_whom_it_was_last_spoken() -> None:
    later = fold([said(snapshot("2026-03-06T14:00"), "p2"), said(ready("2026-03-06T11:30"), "p1")])
    assert (view(later).patient, view(later).patients) == ("p2", ("p1", "p2"))


def test_what_was_ever_said_is_kept_though_it_was_taken_back() -> None:
    state = fold([
        said(ready("2026-03-06T11:30")), said(not_ready("2026-03-07T10:00")),
        said(discharged("2026-03-11T16:20", destination="85")), said(discharge_cancelled("2026-03-11T17:30")),
        said(snapshot("2026-03-12T10:00", patient_class="O")),
    ])  # fmt: skip
    first = ever_ready(state)
    assert first is not None
    assert first.recorded == at("2026-03-06T11:30")
    assert set(ever_left(state)) == {"85"}
    assert set(classes(state)) == {"I", "O"}


def test_a_ward_that_is_emptied_is_no_ward() -> None:
    facts = [admitted("2026-03-02T10:00", ward=W21), snapshot("2026-03-03T10:00", clears=("ward",))]
    assert seen(*facts).ward is None
    assert seen(*facts, snapshot("2026-03-04T10:00", ward=Ward(ward="W9"))).ward == Ward(ward="W9")
