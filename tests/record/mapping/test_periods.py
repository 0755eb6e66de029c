"""From when to when, of dates as short as they came."""

import pytest

from ascbridge.record.mapping.periods import period


@pytest.mark.parametrize(
    "start, end, wanted",
    [
        ("2026-03-01", "2026-04-01", {"start": "2026-03-01", "end": "2026-04-01"}),
        ("2026-03-01", "2026-03", {"start": "2026-03", "end": "2026-03"}),
        ("2026", "2026-03-01", {"start": "2026", "end": "2026"}),
        ("2025", "2026-03-01", {"start": "2025", "end": "2026-03-01"}),
        ("2026-03-01", "2026-02", {"start": "2026-03-01"}),
        ("2026-03-01", "2025-12-31", {"start": "2026-03-01"}),
        ("", "2026-03", {"end": "2026-03"}),
        ("soon", "", {}),
    ],
)
def test_a_period_never_ends_before_it_starts(start: str, end: str, wanted: dict[str, str]) -> None:
    assert period(start, end) == wanted
