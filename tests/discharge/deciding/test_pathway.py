"""The two tables of the pathway, cell by cell."""

from dataclasses import replace
from typing import get_args

import pytest

from ascbridge.discharge.deciding.desk_state import DeskState
from ascbridge.discharge.deciding.pathway import (
    CLOSED,
    LOOKS,
    MAY,
    STAGES,
    STATUS,
    TELL,
    Death,
    Signal,
    Stage,
    TaskStatus,
    admitted_after,
    back_after_leaving,
    contradictions,
    reached,
    signal,
    stage_now,
)
from ascbridge.discharge.stay.spell import fold
from ascbridge.discharge.stay.spell_view import SpellView, view
from ascbridge.events.facts import catalogue as words
from ascbridge.events.facts.catalogue import Coded, StayFact
from tests.discharge.builders import (
    REFERENCE,
    admitted,
    at,
    discharged,
    not_ready,
    ready,
    said,
    snapshot,
    stay,
)

CODES = REFERENCE.codes
AT_WORK = (
    "triaged", "pathway-proposed", "pathway-confirmed", "needs-captured", "sourcing", "arranged", "discharged",
    "first-visit", "in-recovery", "assessment-due",
)  # fmt: skip
WORK = {"new": "requested", "accepted": "accepted", **dict.fromkeys(AT_WORK, "in-progress")}
ENDED = {"done": "completed", "dropped": "cancelled", "rejected": "cancelled"}
WORKING = {
    "claim", "release", "accept", "stage", "propose_pathway", "confirm_pathway", "source", "drop", "assign", "hand_over",
    "pause", "resume", "ask", "reject", "hold", "delay", "delay_over",
}  # fmt: skip
TABLE = {
    "planned": WORK | ENDED,
    "in-hospital": WORK | ENDED,
    "ready": WORK | ENDED,
    "not-ready": dict.fromkeys(WORK, "on-hold") | ENDED,
    "discharged": WORK | ENDED,
    "discharged-unclear": WORK | ENDED,
    "self-discharged": dict.fromkeys(WORK, "cancelled") | ENDED,
    "moved-hospital": dict.fromkeys(WORK, "cancelled") | ENDED,
    "died": dict.fromkeys(WORK, "cancelled") | ENDED,
    "plan-cancelled": dict.fromkeys(WORK, "cancelled") | ENDED,
    "entered-in-error": dict.fromkeys(WORK | ENDED, "entered-in-error"),
    "withdrawn": dict.fromkeys(WORK, "cancelled") | ENDED,
    "joined": dict.fromkeys(WORK, "cancelled") | ENDED,
}


@pytest.mark.parametrize("signal_name", get_args(Signal))
@pytest.mark.parametrize("stage", get_args(Stage))
def test_every_cell_of_the_table(signal_name: Signal, stage: Stage) -> None:
    assert STATUS[signal_name][stage] == TABLE[signal_name][stage]


def test_the_table_has_no_other_cell() -> None:
    assert set(STATUS) == set(get_args(Signal))
    assert all(set(row) == set(STAGES) == set(get_args(Stage)) for row in STATUS.values())
    assert set(TELL.values()) <= LOOKS


@pytest.mark.parametrize("status", get_args(TaskStatus))
def test_what_the_desk_may_do_at_each_status(status: TaskStatus) -> None:
    if status in CLOSED:
        assert MAY[status] == {"open_by_hand"}
    elif status == "on-hold":
        assert MAY[status] == WORKING
    else:
        assert MAY[status] == {*WORKING, "complete"}


@pytest.mark.parametrize("stage", get_args(Stage))
@pytest.mark.parametrize("now", get_args(Signal))
def test_a_discharge_takes_finished_arrangements_a_step_on_and_nothing_else_moves_a_stage(
    now: Signal, stage: Stage
) -> None:
    for pathway in (None, 0, 1):
        desk = DeskState(stage=stage, pathway=pathway)
        waits = {"arranged"} | ({"pathway-confirmed", "needs-captured"} if pathway == 0 else set())
        moves = now == "discharged" and stage in waits
        assert reached(now, desk) == ("discharged" if moves else stage)


def test_in_hospital_again_after_the_work_went_on_needs_a_look() -> None:
    after = DeskState(stage="in-recovery", done_at="discharged")
    assert back_after_leaving("ready", after)
    assert not back_after_leaving("discharged", after)
    assert not back_after_leaving(
        "ready", replace(after, done_at="ready")
    )  # the desk said itself that they left
    assert not back_after_leaving("ready", replace(after, stage="arranged"))


def test_a_stage_is_known_by_its_former_name() -> None:
    assert [stage_now(one) for one in ("claimed", "arranging", "arranged")] == [
        "accepted",
        "sourcing",
        "arranged",
    ]
    with pytest.raises(KeyError):
        stage_now("asleep")


def seen(*facts: StayFact) -> SpellView:
    return view(fold([said(fact, message=f"m{n}") for n, fact in enumerate(facts)]))


IN = admitted("2026-03-02T10:00")
READY = ready("2026-03-06T11:30")
DIED = Death(died=True, died_on="2026-03-14", recorded_ms=at("2026-03-14T05:00"))
STRANGE = Coded(source_code="ZZ", code=None)


@pytest.mark.parametrize(
    "facts, expected",
    [
        ([stay(words.AdmissionPlanned, "2026-03-01T10:00")], "planned"),
        ([stay(words.AdmissionPlanned, "2026-03-01T10:00"), stay(words.AdmissionPlanCancelled, "2026-03-01T11:00", rank=1)], "plan-cancelled"),
        ([IN], "in-hospital"),
        ([snapshot("2026-03-02T10:00")], "in-hospital"),
        ([IN, READY], "ready"),
        ([snapshot("2026-03-02T10:00", ready=True)], "ready"),
        ([IN, READY, not_ready("2026-03-07T10:00")], "not-ready"),
        ([IN, stay(words.PatientWentOnLeave, "2026-03-03T10:00"), READY], "ready"),
        ([IN, READY, stay(words.AdmissionCancelled, "2026-03-07T10:00", rank=1)], "entered-in-error"),
        ([IN, discharged("2026-03-11T16:00", "1", "19")], "discharged"),
        ([IN, discharged("2026-03-11T16:00", None, None)], "discharged"),
        ([IN, discharged("2026-03-11T16:00", "3", "85")], "discharged"),
        ([IN, discharged("2026-03-11T16:00", "7", "19")], "discharged"),
        ([IN, discharged("2026-03-11T16:00", "1", discharge_destination=STRANGE)], "discharged-unclear"),
        ([IN, discharged("2026-03-11T16:00", "1", "19", discharge_method=STRANGE)], "discharged-unclear"),
        ([IN, discharged("2026-03-11T16:00", "2", discharge_destination=STRANGE)], "discharged-unclear"),
        ([admitted("2026-03-02T10:00", admission_method=STRANGE), discharged("2026-03-11T16:00")], "discharged"),
        ([IN, discharged("2026-03-11T16:00", "4", "79")], "discharged-unclear"),
        ([IN, discharged("2026-03-11T16:00", "4", "19")], "discharged-unclear"),
        ([IN, discharged("2026-03-11T16:00", "1", "79")], "discharged-unclear"),
        ([IN, discharged("2026-03-11T16:00", "5", "79")], "discharged-unclear"),
        ([IN, discharged("2026-03-11T16:00", "2", "19")], "self-discharged"),
        ([IN, discharged("2026-03-11T16:00", "6", "51")], "self-discharged"),
        *[([IN, discharged("2026-03-11T16:00", "1", code)], "moved-hospital") for code in ("49", "50", "51", "52", "53", "84", "87")],
    ],
)  # fmt: skip
def test_the_signal_of_a_stay(facts: list[StayFact], expected: str) -> None:
    assert signal(seen(*facts), CODES, Death()) == expected


@pytest.mark.parametrize(
    "facts, expected",
    [
        ([IN], "died"),
        ([IN, READY], "died"),
        ([IN, discharged("2026-03-11T16:00", "1", discharge_destination=STRANGE)], "died"),
        ([IN, discharged("2026-03-14T04:30", "4", "79")], "died"),
        ([stay(words.AdmissionPlanned, "2026-03-01T10:00")], "died"),
        ([IN, stay(words.AdmissionCancelled, "2026-03-07T10:00", rank=1)], "entered-in-error"),
        ([admitted("2026-03-15T10:00")], "in-hospital"),
        ([admitted("2026-03-14T10:00")], "died"),
    ],
)
def test_a_recorded_death_closes_every_stay_but_a_later_one(facts: list[StayFact], expected: str) -> None:
    assert signal(seen(*facts), CODES, DIED) == expected


def codes_of(death: Death, *facts: StayFact) -> list[str]:
    return [one.code for one in contradictions(seen(*facts), CODES, death)]


def test_a_code_alone_is_never_a_death_and_needs_a_look() -> None:
    by_method, by_destination = (
        discharged("2026-03-14T04:30", "4", "19"),
        discharged("2026-03-14T04:30", "1", "79"),
    )
    alive = Death(denied_ms=at("2026-03-14T05:00"))
    for coded_death in (by_method, by_destination):
        assert codes_of(Death(), IN, coded_death) == ["death-code-alone"]
        assert codes_of(alive, IN, coded_death) == ["death-code-disagrees"]
        assert codes_of(DIED, IN, coded_death) == []


def test_an_admission_after_the_death_needs_a_look() -> None:
    assert codes_of(DIED, admitted("2026-03-15T10:00")) == ["admitted-after-death"]
    assert codes_of(DIED, admitted("2026-03-14T23:00")) == []
    exact = Death(died=True, died_on="2026-03-14T04:30", recorded_ms=1)
    assert admitted_after(seen(admitted("2026-03-14T04:31")), exact)
    undated = Death(died=True, recorded_ms=at("2026-03-14T05:00"))
    assert admitted_after(seen(admitted("2026-03-14T05:01")), undated)
    assert not admitted_after(seen(admitted("2026-03-14T05:00")), undated)
    assert not admitted_after(seen(snapshot("2026-03-20T05:00")), undated)
    assert not admitted_after(seen(admitted("2026-03-20T05:00")), Death())


def test_a_death_that_does_not_fit_the_discharge_needs_a_look() -> None:
    assert codes_of(DIED, IN, discharged("2026-03-16T10:00")) == ["discharged-alive-after-death"]
    assert codes_of(DIED, IN, discharged("2026-03-11T10:00")) == []
    disputed = Death(died=True, died_on="2026-03-14", recorded_ms=5, denied_ms=6)
    assert codes_of(disputed, IN) == ["death-disputed"]


def test_a_default_code_that_says_not_discharged_needs_a_look() -> None:
    assert codes_of(Death(), IN, discharged("2026-03-11T10:00", "8", "19")) == ["code-says-not-finished"]
    assert codes_of(Death(), IN, discharged("2026-03-11T10:00", "1", "98")) == ["code-says-not-finished"]


def test_every_contradiction_that_can_be_said_has_a_name() -> None:
    assert set(REFERENCE.words.look) == LOOKS
