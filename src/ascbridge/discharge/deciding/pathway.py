"""The Discharge to Assess pathway as tables: what the hospital's signal is, and what it makes of a task.

A task's status is `STATUS[signal][stage]`. The signal follows from the stay and a recorded death alone; the
stage is the desk's own, never overwritten: pausing and cancelling hide it and keep it, and what is taken back
shows it again. Effects are those of standards a.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from ascbridge.calendars import end_of_iso, iso_day
from ascbridge.discharge.stay.spell_view import Contradiction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ascbridge.discharge.deciding.desk_state import DeskState
    from ascbridge.discharge.stay.spell_view import SpellView

Signal = Literal[
    "planned", "in-hospital", "ready", "not-ready", "discharged", "discharged-unclear", "self-discharged",
    "moved-hospital", "died", "plan-cancelled", "entered-in-error", "withdrawn", "joined",
]  # fmt: skip
Stage = Literal[
    "new", "accepted", "triaged", "pathway-proposed", "pathway-confirmed", "needs-captured", "sourcing", "arranged",
    "discharged", "first-visit", "in-recovery", "assessment-due", "done", "dropped", "rejected",
]  # fmt: skip
TaskStatus = Literal[
    "requested", "accepted", "in-progress", "on-hold", "completed", "cancelled", "entered-in-error"
]

STAGES: tuple[Stage, ...] = get_args(Stage)
NOW_CALLED: dict[str, Stage] = {"claimed": "accepted", "arranging": "sourcing"}
"""What stages were called that older acts, events and lists name."""
_BY_NAME: dict[str, Stage] = {stage: stage for stage in STAGES} | NOW_CALLED
FORMERLY: dict[Stage, str] = {now: then for then, now in NOW_CALLED.items()}
OPEN = frozenset({"requested", "accepted", "in-progress"})
CLOSED = frozenset({"completed", "cancelled", "entered-in-error"})


def stage_now(name: str) -> Stage:
    """Return a stage by its name, also by what it was called formerly. Raises `KeyError`."""
    return _BY_NAME[name]


def _row(new: TaskStatus, accepted: TaskStatus, working: TaskStatus) -> dict[Stage, TaskStatus]:
    ends: dict[Stage, TaskStatus] = {"done": "completed", "dropped": "cancelled", "rejected": "cancelled"}
    return dict.fromkeys(STAGES, working) | {"new": new, "accepted": accepted} | ends


def _all(status: TaskStatus) -> dict[Stage, TaskStatus]:
    return _row(status, status, status)


_WORK = _row("requested", "accepted", "in-progress")

STATUS: dict[Signal, dict[Stage, TaskStatus]] = {
    "planned": _WORK,
    "in-hospital": _WORK,
    "ready": _WORK,
    "not-ready": _all("on-hold"),
    "discharged": _WORK,
    "discharged-unclear": _WORK,
    "self-discharged": _all("cancelled"),
    "moved-hospital": _all("cancelled"),
    "died": _all("cancelled"),
    "plan-cancelled": _all("cancelled"),
    "entered-in-error": dict.fromkeys(STAGES, "entered-in-error"),
    "withdrawn": _all("cancelled"),
    "joined": _all("cancelled"),
}
"""What each signal makes of a task at each stage. Work that the desk finished stays finished whatever the
hospital says next, unless the stay itself never was."""

_WORKING = frozenset(
    {
        "claim", "release", "accept", "stage", "propose_pathway", "confirm_pathway", "source", "complete", "drop",
        "assign", "hand_over", "pause", "resume", "ask", "reject", "hold", "delay", "delay_over",
    }
)  # fmt: skip

MAY: dict[TaskStatus, frozenset[str]] = {
    "requested": _WORKING,
    "accepted": _WORKING,
    "in-progress": _WORKING,
    "on-hold": _WORKING - {"complete"},
    "completed": frozenset({"open_by_hand"}),
    "cancelled": frozenset({"open_by_hand"}),
    "entered-in-error": frozenset({"open_by_hand"}),
}
"""Which acts the desk has at each status; a note and looking into something it always has. Who is not ready to
leave is not discharged by anybody's outcome: a paused task is completed once the hospital says ready again."""

UNOPENED = frozenset({"open_by_hand"})
"""Which acts the desk has where a stay has no task."""

LOOKS = frozenset(
    {
        "discharge-tie", "ready-tie", "cancelled-tie", "here-after-cancelled", "admitted-after-discharge",
        "discharged-before-admitted", "moved-after-discharge", "other-patient-after-move", "two-patients",
        "code-says-not-finished", "death-code-alone", "death-code-disagrees", "admitted-after-death",
        "discharged-alive-after-death", "death-disputed", "tell-duty-team", "tell-hub", "changed-after-done",
        "back-after-leaving", "hand-over", "authority-unknown", "no-fixed-address",
    }
)  # fmt: skip
"""Everything that may need a look: contradictions, two things that somebody must be told, work that was finished, or
went on after the person had left, when the hospital changed its mind, and whose it is where somebody lives elsewhere or
nowhere.
"""

TELL: dict[Signal, str] = {"self-discharged": "tell-duty-team", "moved-hospital": "tell-hub"}


@dataclass(frozen=True, slots=True)
class Codes:
    """Which NHS Data Dictionary codes mean what for a discharge (reference data, settings/codes.toml)."""

    died_methods: frozenset[str]
    died_destinations: frozenset[str]
    self_discharge_methods: frozenset[str]
    hospital_destinations: frozenset[str]
    not_finished_methods: frozenset[str]
    not_finished_destinations: frozenset[str]


@dataclass(frozen=True, slots=True)
class Death:
    """What is recorded of a person's death: an informal one, from PID-30 or PID-29 only (never from a code).

    `died_on` is ISO text or empty; the two times are those of the deciding statements (UTC ms, 0: none). More
    than one source may speak: any that says so decides, and one that denies it later makes it disputed.
    """

    died: bool = False
    died_on: str = ""
    recorded_ms: int = 0
    denied_ms: int = 0


def signal(view: SpellView, codes: Codes, death: Death) -> Signal:
    """Return what the hospital's messages now say of the stay."""
    if view.status == "entered-in-error":
        return "entered-in-error"
    if view.status == "cancelled":
        return "plan-cancelled"
    if death.died and not admitted_after(view, death):
        return "died"
    if view.discharged:
        return _how_discharged(view, codes)
    if view.status == "planned" and view.ready is None:
        return "planned"
    if view.ready is None:
        return "in-hospital"
    return "ready" if view.ready else "not-ready"


def _how_discharged(view: SpellView, codes: Codes) -> Signal:
    """Read the two codes. One that is not understood, or that alone says *died*, takes no step onward."""
    method, destination = _code(view, "discharge_method"), _code(view, "discharge_destination")
    not_mapped = any(name.startswith("discharge_") for name in view.not_understood)
    if not_mapped or _death_code(view, codes):
        return "discharged-unclear"
    if method in codes.self_discharge_methods:
        return "self-discharged"
    if destination in codes.hospital_destinations:
        return "moved-hospital"
    return "discharged"


def _code(view: SpellView, name: Literal["discharge_method", "discharge_destination"]) -> str:
    coded = getattr(view, name)
    return coded.code or "" if coded is not None else ""


def _death_code(view: SpellView, codes: Codes) -> bool:
    return (
        _code(view, "discharge_method") in codes.died_methods
        or _code(view, "discharge_destination") in codes.died_destinations
    )


def admitted_after(view: SpellView, death: Death) -> bool:
    """Whether the stay began after the recorded death: then one of the two is wrong."""
    if not death.died or view.admitted_ms is None or view.status == "entered-in-error":
        return False
    return view.admitted_ms > (end_of_iso(death.died_on) or death.recorded_ms)


def contradictions(view: SpellView, codes: Codes, death: Death) -> list[Contradiction]:
    """Return what needs a look: within the stay, and between the stay and what is recorded of a death."""
    found = list(view.contradictions)
    if admitted_after(view, death):
        found.append(Contradiction("admitted-after-death", max(view.admitted_ms or 0, death.recorded_ms)))
    if death.died and death.denied_ms > death.recorded_ms:
        found.append(Contradiction("death-disputed", death.denied_ms))
    if view.discharged:
        found += _of_discharge(view, codes, death)
    return found


def _of_discharge(view: SpellView, codes: Codes, death: Death) -> Iterable[Contradiction]:
    coded_death = _death_code(view, codes)
    if coded_death and not death.died:
        code = "death-code-disagrees" if death.denied_ms else "death-code-alone"
        yield Contradiction(code, view.since_ms)
    alive = death.died and not coded_death and not admitted_after(view, death)
    if alive and len(death.died_on) >= 10 and iso_day(view.discharged_ms or 0) > death.died_on[:10]:
        yield Contradiction("discharged-alive-after-death", view.since_ms)
    method, destination = _code(view, "discharge_method"), _code(view, "discharge_destination")
    if method in codes.not_finished_methods or destination in codes.not_finished_destinations:
        yield Contradiction("code-says-not-finished", view.since_ms)


_HERE: frozenset[Signal] = frozenset({"in-hospital", "ready", "not-ready"})
_LEFT = frozenset({"discharged", "discharged-unclear"})
AFTER_LEAVING: frozenset[Stage] = frozenset({"discharged", "first-visit", "in-recovery", "assessment-due"})
_NOTHING_TO_FIND: frozenset[Stage] = frozenset({"pathway-confirmed", "needs-captured"})
"""Stages at which someone on pathway 0 only waits to leave: for them no support is sought."""


def reached(now: Signal, desk: DeskState) -> Stage:
    """Return where the work is: whoever left by the hospital's word, with all arranged, is *discharged* without an act
    of the desk, and is *arranged* again when that is taken back. A discharge that is not clear takes no step onward.
    """
    arranged = desk.stage == "arranged" or (desk.stage in _NOTHING_TO_FIND and desk.pathway == 0)
    return "discharged" if now == "discharged" and arranged else desk.stage


def changed_after_done(view: SpellView, now: Signal, desk: DeskState) -> bool:
    """Whether the patient is in hospital although the desk finished after they had left, or whether what now holds was
    recorded after the desk had finished: the support that was arranged may be for nothing, or not enough.
    """
    if desk.stage != "done" or now not in _HERE:
        return False
    return desk.done_at in _LEFT or view.since_ms > desk.since_ms


def back_after_leaving(now: Signal, desk: DeskState) -> bool:
    """Whether the patient is in hospital although the desk went on, by the hospital's word, as after a discharge."""
    return now in _HERE and desk.stage in AFTER_LEAVING and desk.done_at in _LEFT
