"""A line of a case system says one thing, and what is wrong with it is told without a word of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from ascbridge.safeguarding import practice_rules
from ascbridge.safeguarding.case_lines import read_line, wrong_fields
from tests.safeguarding.behind import said

RULES = practice_rules.load()
WHO = {"by": "Ann Lee", "at": "2026-10-20T12:00:00+01:00"}
LATER: dict[str, dict[str, Any]] = {
    "decision": {"outcome": "s42-enquiry", "why": "At risk", "lead": "Omar Khan"},
    "recorded": {"asked": "yes", "wishes": "To stay at home", "capacity": "no", "advocate": "yes"},
    "document": {"form": "SG2", "reference": "DOC-1", "dated_on": "2026-10-20"},
    "conclusion": {"risk": "reduced", "words": "Safer", "achieved": "fully"},
    "note": {"text": "Rang her"},
}


def later(kind: str, id: str = "S1", about: str = "1", **more: Any) -> bytes:
    return json.dumps({"id": id, "about": about, kind: LATER[kind] | WHO | more}).encode()


@pytest.mark.parametrize(
    "kind, act",
    [("decision", "decide"), ("recorded", "record"), ("document", "document"), ("conclusion", "conclude"), ("note", "note")],
)  # fmt: skip
def test_each_later_word_is_an_act_and_can_be_said_in_words(kind: str, act: str) -> None:
    assert wrong_fields(RULES, later(kind)) == []
    line = read_line(later(kind))
    assert line.wish().act == act
    assert line.said.by == "Ann Lee"
    told = line.in_words()
    assert "by Ann Lee, 2026-10-20T12:00:00+01:00" in told
    for value in LATER[kind].values():
        assert value in told or value == "2026-10-20"


def test_a_concern_is_taken_as_the_interface_takes_it() -> None:
    line = json.dumps({"id": "1", "concern": said().model_dump(mode="json")}).encode()
    assert wrong_fields(RULES, line) == []
    bad = json.dumps({"id": "1", "concern": said(origin="moon").model_dump(mode="json")}).encode()
    assert wrong_fields(RULES, bad) == ["origin"]


@pytest.mark.parametrize(
    "line, field",
    [
        (b"QUETZAL", "line"),
        (b"{}", "id"),
        (json.dumps({"id": "1"}).encode(), "line"),
        (json.dumps({"id": "1", "about": "2"}).encode(), "line"),
        (json.dumps({"id": "1", "note": LATER["note"] | WHO}).encode(), "line"),
        (later("note", QUETZAL=1), "note.QUETZAL"),
        (later("decision", outcome="QUETZAL"), "decision.outcome"),
        (later("decision", why=""), "decision.why"),
        (later("note", at="2026-10-20T12:00:00"), "note.at"),
        (later("note", by=""), "note.by"),
        (later("recorded", severity="QUETZAL"), "recorded.severity"),
        (later("recorded", support_reason="QUETZAL"), "recorded.support_reason"),
    ],
)
def test_what_cannot_be_taken_is_told_by_its_field_alone(line: bytes, field: str) -> None:
    assert wrong_fields(RULES, line) == [field]


def test_two_things_at_once_are_none() -> None:
    both = json.dumps(
        {"id": "1", "about": "2", "note": LATER["note"] | WHO, "decision": LATER["decision"] | WHO}
    )
    with pytest.raises(ValidationError):
        read_line(both.encode())
