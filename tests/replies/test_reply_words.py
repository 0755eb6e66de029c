"""The words of a reply, in the hour that a clock in Coventry shows."""

from __future__ import annotations

from dataclasses import replace

from ascbridge.discharge.deciding.reference import load
from ascbridge.reference.reason_lists import DROP
from ascbridge.replies.reply_store import Queued
from ascbridge.replies.reply_words import words_of
from tests.discharge.builders import at

REFERENCE = load()
QUEUED = Queued("r1", "uhcw", "t1", "s1", "p1", "received", "", "Team", 0, None, "C1", 0)


def test_what_comes_next_is_due_in_london_time() -> None:
    for text, said in (("2026-10-18T14:20", "18/10/2026 14:20"), ("2026-12-01T08:00", "01/12/2026 08:00")):
        assert words_of(replace(QUEUED, due_ms=at(text)), REFERENCE)[1] == f"Next step due by {said}"


def test_what_is_over_has_no_next_step() -> None:
    for progress in ("rejected", "closed"):
        assert words_of(replace(QUEUED, progress=progress, due_ms=at("2026-10-18T14:20")), REFERENCE)[1] == ""
    assert words_of(QUEUED, REFERENCE)[1] == ""


def test_reasons_are_outcomes_reasons_of_the_desk_or_what_the_hospital_said() -> None:
    code, words = next(iter(REFERENCE.reasons_for(DROP, at("2026-10-18T12:00"))[0].items()))
    since = at("2026-10-18T12:00")
    assert words_of(replace(QUEUED, progress="rejected", reason=code, since_ms=since), REFERENCE)[0] == words
    assert (
        words_of(replace(QUEUED, progress="closed", reason="care-home"), REFERENCE)[0]
        == "Care home placement"
    )
    assert words_of(replace(QUEUED, progress="closed", reason="died"), REFERENCE)[0] == "Died"
    assert words_of(replace(QUEUED, progress="closed", reason="nobody-knows"), REFERENCE)[0] == ""
