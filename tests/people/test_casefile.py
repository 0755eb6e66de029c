"""The case file in memory: who shares a number, who is one person, what changed."""

from __future__ import annotations

from ascbridge.people.casefile import CaseFile, Patient
from ascbridge.people.groups import Statement, own_person_id


def _file(*keys: str) -> CaseFile:
    file = CaseFile()
    for first_ms, key in enumerate(keys):
        file.add(Patient(key, own_person_id(key), "RKB", first_ms))
    return file


def _join(file: CaseFile, low: str, high: str, *, joined: bool = True, order: str = "1") -> None:
    file.state(f"{low}{high}{order}", Statement((low, high), joined, "merged", order))


def test_regrouping_moves_only_who_changed_and_remembers_that() -> None:
    file = _file("pa", "pb", "pc")
    _join(file, "pa", "pb")
    assert file.regroup(["pb"]) == {"pb"}
    assert file.regroup(["pa", "pb"]) == {"pa", "pb"}
    assert [file.patients[key].person for key in ("pa", "pb")] == [own_person_id("pa")] * 2
    assert [key for key, one in file.patients.items() if "person" in one.changed] == ["pb"]
    assert file.members(["pb"]) == {"pa", "pb"}


def test_splitting_gives_each_side_its_own_id_back() -> None:
    file = _file("pa", "pb", "pc")
    _join(file, "pa", "pb")
    _join(file, "pb", "pc")
    file.regroup(["pa", "pb", "pc"])
    _join(file, "pa", "pb", joined=False, order="2")
    file.regroup(["pa", "pb"])
    assert file.members(["pa"]) == {"pa"}
    assert {file.patients[key].person for key in ("pb", "pc")} == {own_person_id("pb")}


def test_a_person_is_as_restricted_as_the_strictest_of_their_keys() -> None:
    file = _file("pa", "pb")
    assert file.level("pa") == ""
    file.patients["pa"].level = "local"
    file.patients["pb"].level = "national"
    assert file.level("pa") == "local"
    _join(file, "pa", "pb")
    file.regroup(["pa", "pb"])
    assert file.level("pa") == "national"


def test_a_number_is_shared_by_those_who_have_it_now() -> None:
    file = _file("pa", "pb")
    assert not file.crowded({"x": {"pa"}})
    assert file.crowded({"x": {"pa", "pb"}})
    assert file.renumber(file.patients["pa"], "x", "verified", "")
    assert not file.renumber(file.patients["pa"], "x", "verified", "")
    assert file.crowded({"x": {"pb"}})
    file.renumber(file.patients["pb"], "x", "verified", "")
    assert file.sharing["x"] == {"pa", "pb"}
    assert file.crowded({})
    file.renumber(file.patients["pa"], "", "none", "")
    assert file.sharing["x"] == {"pb"}


def test_only_what_is_new_is_written_and_what_is_taken_back_is_deleted() -> None:
    file = _file("pa", "pb")
    known = Statement(("pa", "pb"), True, "merged", "1")
    file.recall("e1", known)
    file.state("e1", known)
    assert file.fresh == {}
    _join(file, "pa", "pb", joined=False, order="2")
    assert list(file.fresh) == ["papb2"]
    assert not file.joined(("pa", "pb"))
    file.retract(("pa", "pb"), "papb2")
    assert (file.fresh, file.gone) == ({}, {"papb2"})
    assert file.joined(("pa", "pb"))
    assert not file.joined(("pa", "pz"))
    assert file.beside("pb") == [("pa", "pb")]
