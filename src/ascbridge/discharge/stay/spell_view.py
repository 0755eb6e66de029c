"""One hospital stay as all that was said has it: status, place, the four dates, codes, and what contradicts.

Estimated, planned, ready and actual discharge are four fields, and only an actual discharge (A03) ever
fills the last. A code that nobody has mapped is told as not understood; the discharge it came with stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ascbridge.calendars import iso_day
from ascbridge.events.facts.catalogue import Coded, Ward

if TYPE_CHECKING:
    from ascbridge.discharge.stay.spell import SpellState
    from ascbridge.discharge.stay.statements import Statement

Status = Literal["planned", "in-progress", "onleave", "finished", "cancelled", "entered-in-error", "unknown"]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two things that cannot both be so: a code (its words are in settings), and when recorded (UTC ms)."""

    code: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class SpellView:
    """The folded view of a stay. Times are UTC epoch ms, dates ISO text as short as the source said them."""

    status: Status
    patient: str
    patients: tuple[str, ...]
    moved: bool
    facility: str
    ward: Ward | None
    patient_class: str
    admitted_ms: int | None
    discharged_ms: int | None
    admission_method: Coded | None
    admission_source: Coded | None
    discharge_method: Coded | None
    discharge_destination: Coded | None
    expected_discharge: str
    planned_discharge: str
    ready: bool | None
    ready_on: str
    since_ms: int
    recorded_ms: int
    contradictions: tuple[Contradiction, ...]
    not_understood: tuple[str, ...]

    @property
    def discharged(self) -> bool:
        """Whether the patient has left."""
        return self.discharged_ms is not None


def view(state: SpellState, patient: str = "") -> SpellView:
    """Return the view of a state. `patient` is whose it is where all was taken back: then it never was."""
    status = _status(state)
    owner = _patient(state, patient)
    left = state.value("discharge")
    first = _first_ready_of_period(state)
    codes = {
        "admission_method": state.value("admission_method"),
        "admission_source": state.value("admission_source"),
        "discharge_method": left[1] if left else None,
        "discharge_destination": left[2] if left else None,
    }
    return SpellView(
        status=status,
        patient=owner,
        patients=tuple(sorted({*state.named("patient"), owner})),
        moved=state.value("moved_to") is not None,
        facility=state.value("facility", ""),
        ward=_ward(state),
        patient_class=state.value("patient_class", ""),
        admitted_ms=state.value("admitted", state.value("entered_from")),
        discharged_ms=left[0] if left else None,
        expected_discharge=state.value("expected_discharge", ""),
        planned_discharge=state.value("planned_discharge", ""),
        ready=_ready(state, first),
        ready_on=_ready_on(state, first),
        since_ms=_since(state, status, first),
        recorded_ms=max((s.recorded for held in state.slots.values() for s in held), default=0),
        contradictions=tuple(_contradictions(state)),
        not_understood=tuple(f"{name} {c[0]}" for name, c in codes.items() if c and c[1] is None),
        **{n: Coded(source_code=c[0], code=c[1]) if c else None for n, c in codes.items()},
    )


def ever_ready(state: SpellState) -> Statement | None:
    """Return the first statement ever that the patient was ready; a later one may have taken it back."""
    return state.head("first_ready")


def ever_left(state: SpellState) -> dict[str, Statement]:
    """Return the first discharge to each destination ever stated (empty: not stated, not understood)."""
    return state.named("left")


def classes(state: SpellState) -> dict[str, Statement]:
    """Return the first statement of each patient class ever stated."""
    return state.named("class")


def _after(state: SpellState, slot: str, other: str) -> bool:
    """Whether something was said of `slot` after the last that was said of `other`."""
    this, that = state.head(slot), state.head(other)
    return this is not None and (that is None or this.stamp > that.stamp)


def _exists(state: SpellState) -> bool:
    """An admission taken back (A11, A23) never was, unless the patient was seen here afterwards."""
    cancelled = state.head("said_cancelled")
    if cancelled is None:
        return True
    admitted, here = state.head("said_admitted"), state.head("said_here")
    again = admitted is not None and admitted.stamp >= cancelled.stamp
    return again or (here is not None and here.stamp > cancelled.stamp)


def _status(state: SpellState) -> Status:
    if not state.slots or not _exists(state):
        return "entered-in-error"
    if state.value("discharge") is not None:
        return "finished"
    if state.head("said_admitted") or state.head("said_here"):
        return "onleave" if state.value("leave") else "in-progress"
    plan = state.value("plan")
    if plan is None:
        return "unknown"
    return "planned" if plan else "cancelled"


def _patient(state: SpellState, last_known: str) -> str:
    """A stay belongs to the patient it was moved to, else to the one under whom it was last spoken of."""
    moved = state.value("moved_to")
    if moved is not None:
        return str(moved)
    spoken = state.named("patient")
    return max(spoken, key=lambda key: (spoken[key].stamp, spoken[key].message, key), default=last_known)


def _ward(state: SpellState) -> Ward | None:
    value = state.value("ward")
    return None if value is None else Ward(ward=value[0], room=value[1], bed=value[2], site=value[3])


def _first_ready_of_period(state: SpellState) -> Statement | None:
    """Return the first ready after the last not-ready; the state keeps no ready from before that."""
    held = state.slots.get("ready", ())
    return held[0] if held else None


def _ready(state: SpellState, first: Statement | None) -> bool | None:
    if first is not None:
        return True
    return False if "not_ready" in state.slots else None


def _ready_on(state: SpellState, first: Statement | None) -> str:
    """The discharge ready date: as stated in the present period (ZU1-24), else the day that period began."""
    if first is None:
        return ""
    stated = state.head("ready_on")
    if stated is not None and stated.value and stated.stamp >= first.stamp:
        return str(stated.value)
    return iso_day(first.occurred)


def _since(state: SpellState, status: Status, first: Statement | None) -> int:
    """When what now holds was recorded: from here due times are counted."""
    if status == "finished":
        return _recorded(state, "discharge")
    if status == "entered-in-error":
        return _recorded(state, "said_cancelled")
    back = _recorded(state, "discharge")  # a discharge taken back starts the clock again
    if first is not None:
        return max(back, first.recorded)
    for slot in ("not_ready", "said_admitted", "plan", "said_here"):
        if state.head(slot):
            return max(back, _recorded(state, slot))
    return min((s.recorded for held in state.slots.values() for s in held), default=0)


def _recorded(state: SpellState, slot: str) -> int:
    head = state.head(slot)
    return head.recorded if head else 0


def _contradictions(state: SpellState) -> list[Contradiction]:
    return [*_ties(state), *_orders(state)]


def _ties(state: SpellState) -> list[Contradiction]:
    """Opposite things with equal stamps: nothing says which is the later one."""
    found = []
    left = state.slots.get("discharge", ())
    if len(left) > 1:
        found.append(Contradiction("discharge-tie", left[0].recorded))
    for one, other, code in (
        ("ready", "not_ready", "ready-tie"),
        ("said_admitted", "said_cancelled", "cancelled-tie"),
    ):
        these, those = state.slots.get(one, ()), state.slots.get(other, ())
        if these and those and these[0].stamp == those[0].stamp:
            found.append(Contradiction(code, these[0].recorded))
    return found


def _orders(state: SpellState) -> list[Contradiction]:
    """Things that cannot follow one another. Dated by what does not change with every further message."""
    found = []
    cancelled = state.head("said_cancelled")
    order = (("said_cancelled", "said_admitted"), ("said_here", "said_cancelled"))
    if cancelled and all(_after(state, later, earlier) for later, earlier in order):
        found.append(Contradiction("here-after-cancelled", cancelled.recorded))
    left, admitted, moved = state.head("discharge"), state.head("admitted"), state.head("transfer")
    if left is not None and left.value is not None:
        if admitted is not None and admitted.value > left.value[0]:
            again = _after(state, "said_admitted", "discharge")
            code = "admitted-after-discharge" if again else "discharged-before-admitted"
            found.append(Contradiction(code, left.recorded))
        if moved is not None and moved.occurred > left.value[0] and moved.stamp > left.stamp:
            found.append(Contradiction("moved-after-discharge", left.recorded))
    to, spoken = state.head("moved_to"), state.named("patient")
    if to and any(key != to.value and s.stamp > to.stamp for key, s in spoken.items()):
        found.append(Contradiction("other-patient-after-move", to.recorded))
    return found
