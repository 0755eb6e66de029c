"""One message heard out, in memory: what changes, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.catalogue import KnownToCare, PatientsLinked, SealedPatient
from ascbridge.people.casefile import CaseFile, Patient
from ascbridge.people.groups import own_person_id
from ascbridge.people.hearing import Hearing
from ascbridge.people.identities import ref_of
from ascbridge.people.matching import Marking
from ascbridge.people.release import KnownDraft, event_id, known_drafts
from tests.people.ward import KEYRING, N1, NOW, cause, details, died, restricted, stamp

if TYPE_CHECKING:
    from ascbridge.events.logs.envelope import Draft

BORN = "1941-02-03"


def _file(*keys: str) -> CaseFile:
    file = CaseFile()
    for key in keys:
        file.add(Patient(key, own_person_id(key), "RKB", NOW))
    return file


def _hear(file: CaseFile, *drafts: Draft, message: str = "m1") -> list[Draft]:
    return Hearing(file, Marking(KEYRING), cause(message)).hear(known_drafts(drafts, {}))


def test_details_settle_the_number_and_the_event_they_are_from() -> None:
    file = _file("pa")
    assert _hear(file, details(ref_of("pa"), nhs_number=N1, birth_date=BORN)) == []
    one = file.patients["pa"]
    assert one.details is not None
    assert one.details.sealed == SealedPatient(nhs_number=N1, birth_date=BORN)
    assert (one.number_state, bool(one.number), bool(one.birth)) == ("verified", True, True)
    assert one.details_event == event_id(cause("m1"), "person", "pa")
    assert one.changed == {"details"}


def test_what_is_said_again_or_too_late_changes_nothing() -> None:
    file = _file("pa")
    _hear(file, details(ref_of("pa"), 5, family_name="A"), died(ref_of("pa"), 5))
    one = file.patients["pa"]
    one.changed.clear()
    _hear(file, details(ref_of("pa"), 5, family_name="A"), died(ref_of("pa"), 5))
    _hear(file, details(ref_of("pa"), 4, family_name="B"), died(ref_of("pa"), 4, died=False), message="m0")
    assert one.changed == set()


def test_each_side_of_a_new_link_is_told_in_a_slot_of_its_own() -> None:
    file = _file("pa", "pb", "pc")
    follow = [
        draft
        for key in ("pa", "pb", "pc")
        for draft in _hear(file, details(ref_of(key), 1, nhs_number=N1, birth_date=BORN), message=key)
    ]
    told = {(draft.about.value, getattr(draft.fact, "other", ""), draft.slot) for draft in follow}
    pairs = [("pa", "pb"), ("pb", "pa"), ("pa", "pc"), ("pc", "pa"), ("pb", "pc"), ("pc", "pb")]
    assert told == {(about, other, f"people.linked.{other}") for about, other in pairs}
    assert {draft.happened_ms for draft in follow} == {NOW + 1}


def test_a_message_that_tells_a_side_itself_is_not_repeated_to_it() -> None:
    file = _file("pa", "pb")
    both = [
        KnownDraft(about, "link", NOW, PatientsLinked(other=other, statement="merged", stamp=stamp(0)))
        for about, other in (("pa", "pb"), ("pb", "pa"))
    ]
    assert Hearing(file, Marking(KEYRING), cause("m1")).hear(both) == []
    assert file.members(["pa"]) == {"pa", "pb"}


def test_restriction_and_link_in_one_message_reach_the_other_key_once() -> None:
    file = _file("pa", "pb")
    linked = KnownDraft("pa", "link", NOW, PatientsLinked(other="pb", statement="merged", stamp=stamp(0)))
    hidden = known_drafts([restricted(ref_of("pa"))], {})
    follow = Hearing(file, Marking(KEYRING), cause("m1")).hear([linked, *hidden])
    assert [(type(draft.fact).__name__, draft.about.value) for draft in follow] == [
        ("PatientsLinked", "pb"),
        ("PatientRestricted", "pb"),
    ]


def test_what_is_said_of_care_or_a_stay_teaches_nothing_about_who_is_who() -> None:
    file = _file("pa")
    item = KnownDraft("pa", "known", NOW, KnownToCare(stamp=stamp(0), known=True))
    assert Hearing(file, Marking(KEYRING), cause("m1")).hear([item]) == []
    assert file.patients["pa"].changed == set()
