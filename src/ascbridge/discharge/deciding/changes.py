"""What changed, as events: the stay as it now stands, and the one event that says what became of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.discharge.deciding.pathway import CLOSED
from ascbridge.events.facts.catalogue import (
    DischargeTaskCancelled,
    DischargeTaskChanged,
    DischargeTaskCompleted,
    DischargeTaskOpened,
    DischargeTaskPaused,
    DischargeTaskResumed,
    StayChanged,
    TaskFact,
)

if TYPE_CHECKING:
    from ascbridge.discharge.stay.spell_view import SpellView

_SHOWN = (
    "status", "facility", "patient_class", "admitted_ms", "discharged_ms", "admission_method",
    "admission_source", "discharge_method", "discharge_destination", "expected_discharge",
    "planned_discharge", "ready_on", "recorded_ms",
)  # fmt: skip


def stay_fact(spell: str, view: SpellView, *, restricted: bool, revision: int) -> StayChanged:
    """Return the stay as an event; where a restricted person is goes nowhere."""
    shown = {name: getattr(view, name) for name in _SHOWN}
    return StayChanged(spell=spell, revision=revision, ward=None if restricted else view.ward, **shown)


def stay_differs(before: StayChanged | None, after: StayChanged) -> bool:
    """Whether a reader of the stay would see a difference; a newer message that says the same is none."""
    if before is None:
        return True
    same = {"revision": before.revision, "recorded_ms": before.recorded_ms}
    return after.model_copy(update=same) != before


def task_event(before: TaskFact | None, after: TaskFact, *, moved: bool = False) -> TaskFact | None:
    """Return the event that leads from one state of a task to the next, or None where nothing differs.

    `after` comes with any revision and leaves with the next one. `moved`: it went to another patient.
    """
    revision = 1 if before is None else before.revision + 1
    if before is not None and not moved and not _differs(before, after):
        return None
    fact = _what_happened(before, after)
    return fact.model_validate({**after.model_dump(), "revision": revision})


def _differs(before: TaskFact, after: TaskFact) -> bool:
    ignored = {"revision"}
    return before.model_dump(exclude=ignored) != after.model_dump(exclude=ignored)


def _what_happened(before: TaskFact | None, after: TaskFact) -> type[TaskFact]:
    changed = before is None or before.status != after.status
    if changed and after.status == "completed":
        return DischargeTaskCompleted
    if changed and after.status in CLOSED:
        return DischargeTaskCancelled
    if before is None:
        return DischargeTaskOpened
    if changed and after.status == "on-hold":
        return DischargeTaskPaused
    if changed and (before.status == "on-hold" or before.status in CLOSED):
        return DischargeTaskResumed
    return DischargeTaskChanged


def in_words(event: TaskFact | None, stay: tuple[str, ...]) -> str:
    """Say what happened, for the story of a task; `stay` names the parts of the stay that differ."""
    said = [] if event is None else [_WORDS[type(event)]]
    said += [name.removesuffix("_ms").replace("_", " ") for name in stay]
    return ", ".join(said) or "no change"


def stay_parts(before: StayChanged | None, after: StayChanged) -> tuple[str, ...]:
    """Return the names of the parts of a stay that differ."""
    names = (*_SHOWN[:-1], "ward")
    if before is None:
        return ("stay first heard of",)
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


_WORDS: dict[type[TaskFact], str] = {
    DischargeTaskOpened: "task opened",
    DischargeTaskChanged: "task changed",
    DischargeTaskPaused: "task paused",
    DischargeTaskResumed: "task resumed",
    DischargeTaskCompleted: "task completed",
    DischargeTaskCancelled: "task cancelled",
}
