"""Which part of what is known says otherwise than before, and since when."""

from ascbridge.people.casefile import CaseFile, Patient
from ascbridge.people.casefile_store import blank
from ascbridge.people.groups import own_person_id
from ascbridge.people.hearing import Hearing
from ascbridge.people.identities import ref_of
from ascbridge.people.matching import Marking
from ascbridge.people.release import known_drafts
from ascbridge.people.renewed_parts import with_more
from tests.people.ward import KEYRING, NOW, cause, details


def test_what_is_first_said_is_no_change_and_what_is_said_otherwise_is() -> None:
    file = CaseFile()
    file.add(Patient("pa", own_person_id("pa"), "RKB", NOW))
    told = []
    for recorded, more in enumerate(({}, {}, {"address_lines": ("1 A ST",)}, {"family_name": "B"})):
        said = {"family_name": "A", **more}
        draft = details(ref_of("pa"), recorded, **said)
        Hearing(file, Marking(KEYRING), cause(f"m{recorded}")).hear(known_drafts([draft], {}))
        told.append(sorted(file.patients["pa"].renewed))
    assert told == [[], [], ["address"], ["address", "name"]]


def test_each_part_keeps_its_last_moment() -> None:
    assert with_more(with_more("", ["name", "kin"], 1), ["name"], 2) == '{"kin":1,"name":2}'
    assert with_more("", [], 1) == ""
    assert blank("")["renewed"] == ""
