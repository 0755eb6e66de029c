"""What was said on each side where two things cannot both be so: for the page of a task that needs a look.

A side is the last statement of its kind that still counts. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ascbridge.discharge.lists.task_story import EvidenceRow

    Says = Callable[[EvidenceRow], bool]


def _is(*kinds: str) -> Says:
    return lambda row: row.type.split(".")[-2] in kinds


def _ready(row: EvidenceRow) -> bool:
    return _is("patient-ready-for-discharge")(row) or row.data.get("ready") is True


def _not_ready(row: EvidenceRow) -> bool:
    return _is("patient-not-ready-for-discharge")(row) or row.data.get("ready") is False


def _dead(row: EvidenceRow) -> bool:
    return _is("death-status-recorded")(row) and row.data.get("died") is True


def _alive(row: EvidenceRow) -> bool:
    return _is("death-status-recorded")(row) and row.data.get("died") is False


_LEFT, _CAME = _is("patient-discharged"), _is("patient-admitted")
_TAKEN_BACK, _MOVED = _is("admission-cancelled"), _is("patient-transferred")
_HERE = _is("patient-admitted", "patient-ready-for-discharge", "patient-transferred", "stay-details-recorded")
SIDES: Mapping[str, tuple[Says, ...]] = {
    "discharge-tie": (_LEFT, _LEFT),
    "ready-tie": (_ready, _not_ready),
    "cancelled-tie": (_CAME, _TAKEN_BACK),
    "here-after-cancelled": (_TAKEN_BACK, _HERE),
    "admitted-after-discharge": (_LEFT, _CAME),
    "discharged-before-admitted": (_LEFT, _CAME),
    "moved-after-discharge": (_LEFT, _MOVED),
    "code-says-not-finished": (_LEFT,),
    "death-code-alone": (_LEFT,),
    "death-code-disagrees": (_LEFT, _dead),
    "admitted-after-death": (_dead, _CAME),
    "discharged-alive-after-death": (_dead, _LEFT),
    "death-disputed": (_dead, _alive),
    "back-after-leaving": (_LEFT, _is("discharge-cancelled", "patient-admitted")),
    "other-patient-after-move": (_is("visit-moved"), _HERE),
}
"""By what needs a look: who said what on each side. Of the others one side is the desk's own, or no message."""


def sides(code: str, evidence: Sequence[EvidenceRow]) -> tuple[EvidenceRow, ...]:
    """Return the statements that cannot both be so, oldest first; nothing where no two messages made it.

    `evidence` is a stay's story, oldest first.
    """
    found: list[EvidenceRow] = []
    counting = [row for row in evidence if not row.replaced]
    for says in SIDES.get(code, ()):
        last = next((row for row in reversed(counting) if says(row) and row not in found), None)
        if last is not None:
            found.append(last)
    return tuple(sorted(found, key=counting.index))
