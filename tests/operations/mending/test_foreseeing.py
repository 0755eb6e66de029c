"""What a dry-run tells: as it is kept and read again, and nothing of anybody. What it plays is in test_mend."""

from __future__ import annotations

from ascbridge.operations.mending.foreseeing import Change, Foreseen, SaidThen, _differing, _says


def test_it_is_read_as_it_was_kept() -> None:
    said = Foreseen(
        "", "", (SaidThen("a.b.v1", "person", ("ward",)),), (Change("stay s1", "", "in"),), (), (), "d1"
    )
    assert Foreseen.from_json(said.as_json()) == said


def test_codes_and_yes_or_no_are_shown_and_all_else_by_its_name() -> None:
    said = {"method": {"source_code": "4", "code": None}, "ready": True, "ward": "W12", "expected": ""}
    assert _says(said) == ("method 4 is not mapped", "ready: yes", "ward")


def test_resources_are_told_by_path_and_shape() -> None:
    was = {"status": "active", "name": [{"family": "EVANS"}], "active": True}
    now = {"status": "ended", "name": [{"family": "SMITH"}], "active": True}
    assert _differing("Patient/n1", was, now) == [
        Change("Patient/n1.status", "active", "ended"),
        Change("Patient/n1.name[0].family", "AAAAA", "AAAAA"),
    ]
    assert _differing("Patient/n1", {}, now) == [Change("Patient/n1", "", "new")]
