"""What a sender wrote becomes a member of a fact, or is refused with the column's name and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from ascbridge.intake.rows.columns import BadValue, put
from ascbridge.intake.sources.profile import Column

UTC_STAMP = "%Y-%m-%dT%H:%M:%SZ"


def placed(sent: object, **column: Any) -> dict[str, Any]:
    fact: dict[str, Any] = {}
    put(fact, "Sent", sent, Column(**column))
    return fact


@pytest.mark.parametrize(
    "sent, column, fact",
    [
        ("S-1", {"to": "id"}, {"id": "S-1"}),
        ("Open", {"to": "package.status", "values": {"Open": "live"}}, {"package": {"status": "live"}}),
        (True, {"to": "known", "values": {"true": True}}, {"known": True}),
        (3, {"to": "package.kind", "values": {"3": "Day care"}}, {"package": {"kind": "Day care"}}),
        ("a; b;", {"to": "support_plan.goals", "split": ";"}, {"support_plan": {"goals": ["a", "b"]}}),
        (["a", "b"], {"to": "support_plan.goals"}, {"support_plan": {"goals": ["a", "b"]}}),
        (
            "L; B",
            {"to": "communication.needs", "split": ";", "values": {"L": "large-print", "B": "braille"}},
            {"communication": {"needs": ["large-print", "braille"]}},
        ),
        ("01/06/2026", {"to": "package.started_on", "date": "%d/%m/%Y"}, {"package": {"started_on": "2026-06-01"}}),
        ("01/06/2026 06:00", {"to": "recorded", "date": "%d/%m/%Y %H:%M"}, {"recorded": "2026-06-01T06:00:00+01:00"}),
    ],
)  # fmt: skip
def test_what_was_sent_goes_where_the_profile_says(
    sent: object, column: dict[str, Any], fact: dict[str, Any]
) -> None:
    assert placed(sent, **column) == fact


@pytest.mark.parametrize(
    "sent, day",
    [("2026-06-14T23:00:00Z", "2026-06-15"), ("2026-12-14T23:00:00Z", "2026-12-14")],
)
def test_a_day_sent_as_a_moment_in_utc_is_the_day_that_it_is_in_coventry(sent: str, day: str) -> None:
    found = placed(sent, to="package.started_on", date=UTC_STAMP, zone="UTC")
    assert found == {"package": {"started_on": day}}
    assert placed(sent, to="recorded", date=UTC_STAMP, zone="UTC")["recorded"].endswith("23:00:00+00:00")


def test_a_column_may_be_one_entry_of_a_list() -> None:
    fact: dict[str, Any] = {}
    levels = {"1": "manages", "3": "needs-help"}
    for domain, sent in (("hygiene", "1"), ("nutrition", "3")):
        put(fact, domain, sent, Column(to=f"self_assessment.answers[domain={domain}].level", values=levels))
    assert fact == {
        "self_assessment": {
            "answers": [
                {"domain": "hygiene", "level": "manages"},
                {"domain": "nutrition", "level": "needs-help"},
            ]
        }
    }


@pytest.mark.parametrize(
    "sent, column",
    [
        ("Paused", {"to": "package.status", "values": {"Open": "live"}}),
        (["braille", "Morse"], {"to": "communication.needs", "values": {"braille": "braille"}}),
        ("2026-06-01", {"to": "package.started_on", "date": "%d/%m/%Y"}),
        (20260601, {"to": "package.started_on", "date": "%d/%m/%Y"}),
        ("29/03/2026 01:30", {"to": "recorded", "date": "%d/%m/%Y %H:%M"}),
    ],
)
def test_what_cannot_be_read_is_refused_and_not_quoted(sent: object, column: dict[str, Any]) -> None:
    with pytest.raises(BadValue, match=r"^Sent: ") as caught:
        placed(sent, **column)
    assert "Paused" not in str(caught.value)
    assert "Morse" not in str(caught.value)
