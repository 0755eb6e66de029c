"""How the four dates of a stay came to be what they are."""

from typing import Any

import pytest

from ascbridge.discharge.lists.task_story import EvidenceRow, with_replaced
from ascbridge.discharge.stay.date_histories import Dated, days_ready, histories
from tests.discharge.builders import at


def row(n: int, kind: str = "discharge.stay-details-recorded.v1", *, message: str = "", translation: int = 0,
        effect: str = "no change", **data: Any) -> EvidenceRow:  # fmt: skip
    stamp = {"recorded_ms": n * 1000, "translation": translation}
    return EvidenceRow(
        f"e{n}", message or f"m{n}", kind, n * 1000, n * 1000, {"stamp": stamp, **data}, effect
    )


def test_each_date_has_a_history_of_its_own_in_the_order_of_recording() -> None:
    found = histories([
        row(3, expected_discharge="2026-03-11"),
        row(1, expected_discharge="2026-03-09"),
        row(2, "discharge.patient-ready-for-discharge.v1", ready_on="2026-03-06", planned_discharge="2026-03-09"),
        row(4, "discharge.patient-not-ready-for-discharge.v1", clears=["ready_on"]),
        row(5, expected_discharge="2026-03-11"),
    ])  # fmt: skip
    assert found == {
        "estimated": (Dated("2026-03-09", 1000), Dated("2026-03-11", 3000)),
        "planned": (Dated("2026-03-09", 2000),),
        "ready": (Dated("2026-03-06", 2000), Dated("", 4000)),
    }


def test_leaving_is_a_history_too_and_an_estimate_never_stands_in_it() -> None:
    left = at("2026-03-11T16:00")
    found = histories([
        row(1, expected_discharge="2026-03-10"),
        row(2, "uk.gov.coventry.asc.discharge.patient-discharged.v1", discharged_ms=left),
        row(3, "uk.gov.coventry.asc.discharge.discharge-cancelled.v1"),
    ])  # fmt: skip
    assert found["left"] == (Dated("2026-03-11", 2000), Dated("", 3000))
    assert found["estimated"] == (Dated("2026-03-10", 1000),)


def test_a_dry_run_and_what_was_translated_again_are_left_out() -> None:
    rows = with_replaced([
        row(1, message="m", expected_discharge="2026-03-09"),
        row(2, message="m", translation=1, expected_discharge="2026-03-10"),
        row(3, message="m", translation=2, effect="shadow", expected_discharge="2026-03-20"),
    ])  # fmt: skip
    assert [one.replaced for one in rows] == [True, False, False]
    found = histories(rows)
    assert found == {"estimated": (Dated("2026-03-10", 2000),)}
    assert histories([row(1), row(2, clears=["planned_discharge"])]) == {}


@pytest.mark.parametrize(
    "ready_on, left, expected",
    [("2026-03-06", None, 4), ("2026-03-10", None, 0), ("2026-03-11", None, None), ("", None, None),
     ("2026-03", None, None), ("2026-03-06", 1, None), ("2026-03-06T11:30", None, 4)],
)  # fmt: skip
def test_days_since_ready_are_counted_by_london_days(
    ready_on: str, left: int | None, expected: int | None
) -> None:
    assert days_ready(ready_on, left, at("2026-03-10T00:30")) == expected
