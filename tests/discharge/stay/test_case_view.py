"""What the council's word comes to today: the last word of each thing, what is due, and what a death stops."""

from __future__ import annotations

from typing import Any

import pytest

from ascbridge.discharge.keeping.store import CareRow
from ascbridge.discharge.stay.case_view import Case, Reminder, case_view

KEY = "p1"


def row(number: int, **value: Any) -> CareRow:
    return CareRow(f"{number:019d}", {"event": f"e{number}", "since_ms": number, **value})


def case(slots: dict[str, CareRow], *, died: bool = False) -> Case:
    return case_view({KEY: slots}, died=died, review_years=2)


def test_the_newest_stands_first_and_each_thing_keeps_its_own_number() -> None:
    seen = case({"equipment:E/1": row(1, status="ordered"), "equipment:E2": row(2, status="delivered")})
    assert [(one.id, one.says("status")) for one in seen.of("equipment")] == [
        ("E2", "delivered"),
        ("E/1", "ordered"),
    ]


def test_of_what_a_person_has_once_the_last_word_of_any_of_their_keys_holds() -> None:
    seen = case_view(
        {"p1": {"communication": row(1, language="pa")}, "p2": {"communication": row(2, language="en")}},
        died=False,
        review_years=2,
    )
    assert [one.says("language") for one in seen.of("communication")] == ["en"]


def test_two_systems_that_give_one_number_mean_two_things() -> None:
    seen = case_view({"p1": {"carer:1": row(1)}, "p2": {"carer:1": row(2)}}, died=False, review_years=2)
    assert [(one.id, one.patient_key) for one in seen.of("carer")] == [("1", "p2"), ("1", "p1")]


@pytest.mark.parametrize(
    "slots, due",
    [
        ({"review:R1": row(1, status="due", due_on="2026-09-13")}, [("review", "2026-09-13")]),
        ({"review:R1": row(1, status="done", done_on="2026-09-13")}, []),
        ({"package:P1": row(1, status="live", started_on="2024-02-29")}, [("review", "2026-02-28")]),
        ({"package:P1": row(1, status="live", started_on="2024")}, [("review", "2026")]),
        ({"package:P1": row(1, status="ended", started_on="2024-03-01")}, []),
        (
            {
                "package:P1": row(1, status="live", started_on="2024-03-01"),
                "review:R1": row(2, status="done", done_on="2025-05-06"),
            },
            [("review", "2027-05-06")],
        ),
        (
            {"support_plan:S1": row(1, status="agreed", agreed_on="2026-03-13", review_due_on="2026-09-13")},
            [("review", "2026-09-13")],
        ),
        ({"short_term:S1": row(1, status="ended", discharged_on="2026-03-04")}, [("check", "2026-06-03")]),
        ({"short_term:S1": row(1, status="ended", discharged_on="2026-03-04", check="at-home")}, []),
        ({"short_term:S1": row(1, status="live")}, []),
        ({"carer:C1": row(1, status="identified", found_in="hospital")}, [("carer", "")]),
        ({"carer:C1": row(1, status="identified", found_in="community")}, []),
        ({"carer:C1": row(1, status="assessed", found_in="hospital")}, []),
        ({"assessment:A1": row(1, status="allocated")}, [("assessment", "")]),
        ({"assessment:A1": row(1, status="completed")}, []),
        ({"equipment:E1": row(1, status="failed", needed_for_discharge=True)}, [("equipment", "")]),
        ({"equipment:E1": row(1, status="delivered", needed_for_discharge=True)}, []),
    ],
)  # fmt: skip
def test_what_is_due(slots: dict[str, CareRow], due: list[tuple[str, str]]) -> None:
    assert [(one.what, one.on) for one in case(slots).reminders] == due


def test_a_death_stops_packages_and_every_reminder_and_forgets_nothing() -> None:
    slots = {
        "package:P1": row(1, status="live", started_on="2024-03-01"),
        "package:P0": row(2, status="ended"),
        "placement:L1": row(3, status="planned"),
        "review:R1": row(4, status="due", due_on="2026-09-13"),
    }
    assert case(slots).reminders == (Reminder("review", "R1", "2026-09-13"),)
    seen = case(slots, died=True)
    assert seen.reminders == ()
    assert {one.id: one.stopped for one in seen.entries} == {"P1": True, "P0": False, "L1": True, "R1": False}
