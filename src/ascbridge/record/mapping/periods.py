"""From when to when something held, as FHIR's Period, from dates as short as their source gave them.

This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.uk_core import filled, partial_date

if TYPE_CHECKING:
    from ascbridge.uk_core import Json


def period(start: str, end: str) -> Json:
    """Return the Period, so that FHIR takes it (per-1: a start is not after its end).

    An end before the start is left out: one of the two is wrong. Where only the more precise of the two could tell
    which comes first, both are as precise as the other.
    """
    first, last = partial_date(start), partial_date(end)
    if not first or not last:
        return filled(start=first, end=last)
    shorter = min(len(first), len(last))
    if last[:shorter] < first[:shorter]:
        return {"start": first}
    if last[:shorter] == first[:shorter]:
        first, last = first[:shorter], last[:shorter]
    return {"start": first, "end": last}
