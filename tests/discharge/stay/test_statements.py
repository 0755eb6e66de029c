"""What each fact says, and what it does not."""

import pytest

from ascbridge.discharge.stay.statements import ORDER, order_of, statements
from ascbridge.events.facts import catalogue as words
from ascbridge.events.facts.catalogue import StayFact, VisitMoved
from tests.discharge.builders import (
    W21,
    admitted,
    coded,
    discharged,
    not_ready,
    ready,
    said,
    snapshot,
    stamp,
    stay,
)


def spoken(fact: StayFact | VisitMoved) -> dict[str, object]:
    return {slot: statement.value for slot, statement in statements(said(fact))}


BARE = {"patient:p1": True, "facility": "RKB", "patient_class": "I", "class:I": True}


@pytest.mark.parametrize(
    "fact, more",
    [
        (words.AdmissionCancelled, {"said_cancelled": True}),
        (words.AdmissionPlanned, {"plan": True}),
        (words.AdmissionPlanCancelled, {"plan": False}),
        (words.PatientTransferred, {"transfer": True, "said_here": True}),
        (words.TransferCancelled, {"said_here": True}),
        (words.StayDetailsRecorded, {}),
        (words.PatientReadyForDischarge, {"ready": True, "first_ready": True, "said_here": True}),
        (words.PatientNotReadyForDischarge, {"not_ready": True, "planned_discharge": "", "said_here": True}),
        (words.DischargeCancelled, {"discharge": None, "said_here": True}),
        (words.PatientWentOnLeave, {"leave": True, "said_here": True}),
        (words.PatientReturnedFromLeave, {"leave": False, "said_here": True}),
    ],
)
def test_each_fact_says_its_own_thing_and_no_other(fact: type[StayFact], more: dict[str, object]) -> None:
    assert spoken(stay(fact, "2026-03-02T10:00")) == BARE | more


def test_an_admission_says_when_and_how() -> None:
    told = spoken(
        admitted(
            "2026-03-02T10:15", admitted_ms=5, admission_method=coded("21"), admission_source=coded("19")
        )
    )
    assert told == BARE | {
        "said_admitted": True,
        "admitted": 5,
        "admission_method": ("21", "21"),
        "admission_source": ("19", "19"),
    }
    fact = admitted("2026-03-02T10:15", occurred_ms=7)
    assert spoken(fact)["admitted"] == 7


def test_a_discharge_says_when_how_and_where_to_in_one() -> None:
    told = spoken(discharged("2026-03-11T16:20", "1", None, discharged_ms=9))
    assert told["discharge"] == (9, ("1", "1"), None)
    assert told["left:"] is True
    strange = words.Coded(source_code="ZZ", code=None)
    assert spoken(discharged("2026-03-11T16:20", discharge_destination=strange))["left:"] is True
    assert spoken(discharged("2026-03-11T16:20", destination="85"))["left:85"] is True


def test_a_snapshot_speaks_of_ward_dates_and_an_explicit_ready_signal_only() -> None:
    told = spoken(snapshot("2026-03-03T09:00", ward=W21, expected_discharge="2026-03-09", ready=False))
    assert told == BARE | {
        "ward": ("W21", "BAY B", "BED 4", "RKB01"),
        "expected_discharge": "2026-03-09",
        "not_ready": True,
    }
    assert "planned_discharge" not in told


def test_a_ready_date_by_itself_is_a_ready_signal() -> None:
    told = spoken(snapshot("2026-03-03T09:00", ready_on="2026-03-03"))
    assert (told["ready"], told["ready_on"]) == (True, "2026-03-03")
    told = spoken(snapshot("2026-03-03T09:00", ready_on="2026-03-03", ready=False))
    assert "ready" not in told


def test_a_pending_discharge_called_off_takes_its_planned_date_with_it_unless_it_names_one() -> None:
    assert spoken(not_ready("2026-03-07T10:00"))["planned_discharge"] == ""
    assert (
        spoken(not_ready("2026-03-07T10:00", planned_discharge="2026-03-12"))["planned_discharge"]
        == "2026-03-12"
    )
    assert "ready" not in spoken(not_ready("2026-03-07T10:00", ready_on="2026-03-06"))


def test_what_is_explicitly_emptied_is_said() -> None:
    told = spoken(snapshot("2026-03-03T09:00", clears=("ward", "expected_discharge", "ready_on", "ready")))
    assert (told["ward"], told["expected_discharge"], told["ready_on"], told["not_ready"]) == (
        None,
        "",
        "",
        True,
    )


def test_a_moved_visit_says_whose_it_is() -> None:
    fact = VisitMoved(spell="s1", from_patient="p1", stamp=stamp("2026-03-06T13:00"))
    assert {slot: one.value for slot, one in statements(said(fact, "p2"))} == {"moved_to": "p2"}


def test_every_statement_carries_its_stamp_and_where_it_is_from() -> None:
    told = dict(statements(said(ready("2026-03-06T11:30", occurred_ms=3), message="m9")))
    one = told["ready"]
    assert one.stamp == (one.recorded, 0, one.recorded, 0)
    assert one.place == (3, *one.stamp)
    assert (one.message, one.fact) == ("m9", "PatientReadyForDischarge")
    assert all(order_of(slot) in {"recorded", "occurred", "first", "every"} for slot in told)
    assert order_of("class:I") == ORDER["class"]
