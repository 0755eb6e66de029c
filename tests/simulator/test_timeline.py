"""A stay as it unfolds: each step says what has changed, and steps outside the window happen unsaid."""

from datetime import date

import pytest

from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.sources import hospital_adt
from ascbridge.simulator import adt_writer
from ascbridge.simulator.adt_writer import StayView
from ascbridge.simulator.city import City
from ascbridge.simulator.timeline import Said, Timeline

PROFILE = read("itk-v24")
CAME = 1_772_445_600_000
HOUR = 3_600_000
PERSON = City(1, date(2026, 3, 3)).citizen()


def a_stay(**how) -> Timeline:
    return Timeline(PERSON, StayView("V1", CAME, "ED", hidden=how.pop("hidden", "")), **how)


def facts(said: Said) -> dict:
    raw = adt_writer.message(said.trigger, said.segments, sent_ms=said.at_ms, control_id="P1", sequence=1)
    door = hospital_adt.check(raw, PROFILE)
    keys = {ref: f"{ref.kind}-{ref.value}" for ref in (door.lane, *door.refs)}
    drafts = door.translate(keys).drafts
    return {type(draft.fact).__name__: draft for draft in drafts}


@pytest.mark.parametrize(
    "step, word",
    [
        (lambda one: one.register(CAME), "PatientDetailsRecorded"),
        (lambda one: one.admit(CAME), "PatientAdmitted"),
        (lambda one: one.plan(CAME), "AdmissionPlanned"),
        (lambda one: one.move(CAME, "W21", "BED 2"), "PatientTransferred"),
        (lambda one: one.update(CAME, expected="20260309"), "StayDetailsRecorded"),
        (lambda one: one.ready(CAME, CAME + HOUR), "PatientReadyForDischarge"),
        (lambda one: one.not_ready(CAME), "PatientNotReadyForDischarge"),
        (lambda one: one.leave(CAME), "PatientWentOnLeave"),
        (lambda one: one.back(CAME), "PatientReturnedFromLeave"),
        (lambda one: one.discharge(CAME), "PatientDischarged"),
        (lambda one: one.cancel_discharge(CAME), "DischargeCancelled"),
        (lambda one: one.cancel_admission(CAME), "AdmissionCancelled"),
        (lambda one: one.dies(CAME), "DeathStatusRecorded"),
        (lambda one: one.merge_from(CAME, "U0099999"), "PatientsLinked"),
    ],
)
def test_each_step_is_heard_as_what_it_is(step, word):
    one = a_stay()
    step(one)
    assert word in facts(one.said[0])


def test_ready_and_not_ready_are_said_with_their_day():
    one = a_stay()
    one.ready(CAME, CAME + 48 * HOUR)
    one.not_ready(CAME + HOUR)
    yes, no = (facts(said) for said in one.said)
    ready, not_ready = yes["PatientReadyForDischarge"].fact, no["PatientNotReadyForDischarge"].fact
    assert (ready.ready, ready.ready_on, ready.planned_discharge[:10]) == (True, "2026-03-02", "2026-03-04")
    assert (not_ready.ready, "ready_on" in not_ready.clears) == (False, True)


def test_a_snapshot_can_carry_the_ready_signal():
    one = a_stay()
    one.update(CAME, ready="Y", ready_on="20260302")
    assert facts(one.said[0])["StayDetailsRecorded"].fact.ready is True


def test_a_death_in_hospital_has_all_its_signs():
    one = a_stay()
    one.discharge(CAME, method="4", destination="79")
    said = facts(one.said[0])
    assert said["DeathStatusRecorded"].fact.died
    gone = said["PatientDischarged"].fact
    assert (gone.discharge_method.code, gone.discharge_destination.code) == ("4", "79")


def test_a_discharge_written_down_late_keeps_its_own_time():
    one = a_stay()
    one.discharge(CAME, late_ms=4 * HOUR)
    said = one.said[0]
    assert said.at_ms == CAME + 4 * HOUR + 120_000
    assert facts(said)["PatientDischarged"].fact.discharged_ms == CAME


def test_whoever_is_hidden_is_said_to_be_and_has_no_address_doctor_or_kin():
    one = a_stay(hidden="2")
    one.register(CAME)
    said = facts(one.said[0])
    assert said["PatientRestricted"].fact.level == "national"
    sealed = said["PatientDetailsRecorded"].sealed
    assert (sealed.postcode, sealed.phones, sealed.gp_practice, sealed.next_of_kin) == ("", (), "", "")


def test_what_lies_outside_the_window_happens_and_is_not_said():
    one = a_stay(since_ms=CAME + HOUR, until_ms=CAME + 3 * HOUR)
    one.admit(CAME)
    one.move(CAME + 2 * HOUR, "W21", "BED 1")
    one.update(CAME + 3 * HOUR, expected="20260309")
    assert [(said.trigger, said.who) for said in one.said] == [("A02", PERSON.local_id)]
    assert one.stay.expected == "20260309"


def test_a_number_learnt_later_is_said_from_then_on():
    one = a_stay(numbered=False)
    one.admit(CAME)
    one.update_person(CAME + HOUR, numbered=True)
    before, after = (facts(said)["PatientDetailsRecorded"] for said in one.said)
    assert (before.fact.number_state, after.fact.number_state) == ("none", "verified")
