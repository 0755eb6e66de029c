"""One hospital stay as it unfolds: each step changes what the hospital holds and says so in a message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ascbridge.intake.hl7v2.hl7_time import format_ts
from ascbridge.simulator import adt_writer

if TYPE_CHECKING:
    from ascbridge.simulator.adt_writer import StayView
    from ascbridge.simulator.city import Citizen

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Said:
    """What the hospital says at `at_ms` (UTC milliseconds), before the feed numbers it.

    `who` is the patient's local number: one patient's messages go down one connection, in order. `expect`
    is the acknowledgment that they must get. `raw` stands for the whole message where its header is the
    fault.
    """

    at_ms: int
    trigger: str
    segments: tuple[str, ...]
    who: str
    expect: str = "AA"
    raw: bytes = b""
    charset: str = "UNICODE"


class Timeline:
    """A stay in the making. Only steps between `since_ms` and `until_ms` are said; the others just happen."""

    def __init__(
        self,
        citizen: Citizen,
        stay: StayView,
        *,
        since_ms: int = 0,
        until_ms: int = 1 << 62,
        numbered: bool = True,
    ) -> None:
        self.citizen = citizen
        self.stay = stay
        self.said: list[Said] = []
        self._since_ms, self._until_ms = since_ms, until_ms
        self._numbered = numbered
        self._died_on = ""

    # -- the person ------------------------------------------------------------------------------------------

    def register(self, at_ms: int) -> None:
        """A28: the hospital makes a record of the person."""
        self._say("A28", at_ms, adt_writer.pd1(self.citizen), adt_writer.nk1(self.citizen), person_only=True)

    def update_person(
        self, at_ms: int, *, numbered: bool | None = None, citizen: Citizen | None = None
    ) -> None:
        """A31: the hospital learnt something about the person, such as the NHS number."""
        self._numbered = self._numbered if numbered is None else numbered
        self.citizen = citizen or self.citizen
        self._say("A31", at_ms, adt_writer.pd1(self.citizen), person_only=True)

    def dies(self, at_ms: int) -> None:
        """A31 with PID-29 and PID-30: the person has died, wherever that was."""
        self._died_on = format_ts(at_ms)
        self._say("A31", at_ms, adt_writer.pd1(self.citizen), person_only=True)

    def merge_from(self, at_ms: int, old_local_id: str) -> None:
        """A40: what was recorded under another number is this person's."""
        self._say("A40", at_ms, adt_writer.mrg(old_local_id), person_only=True)

    # -- the stay --------------------------------------------------------------------------------------------

    def plan(self, at_ms: int, *, trigger: str = "A14") -> None:
        """A05 or A14: the person is to come in."""
        coming = adt_writer.pv2(expected_admission=format_ts(self.stay.admitted_ms)[:8])
        self._say(trigger, at_ms, coming, stay=replace(self.stay, patient_class="P"))

    def admit(self, at_ms: int, *, ward: str = "") -> None:
        """A01: the person comes in, through the emergency department or straight to a ward."""
        if ward:
            self._change(ward=ward)
        self._say("A01", at_ms, adt_writer.pd1(self.citizen), occurred_ms=self.stay.admitted_ms)

    def move(self, at_ms: int, ward: str, bed: str) -> None:
        """A02: another ward or bed."""
        self._change(ward=ward, bed=bed)
        self._say("A02", at_ms)

    def update(self, at_ms: int, *, expected: str = "", ready: str = "", ready_on: str = "") -> None:
        """A08: a snapshot, perhaps with a new estimated discharge date or with the ready signal of ZU1."""
        self._change(expected=expected or self.stay.expected)
        if ready:
            self._change(ready=ready, ready_on=ready_on)
        more = [adt_writer.pv2(expected_discharge=self.stay.expected)] if self.stay.expected else []
        if self.stay.ready:
            more.append(adt_writer.zu1(self.stay.ready, self.stay.ready_on))
        self._say("A08", at_ms, *more)

    def ready(self, at_ms: int, planned_ms: int) -> None:
        """A16: ready to leave, and planned to."""
        self._change(ready="Y", ready_on=format_ts(at_ms)[:8])
        planned = adt_writer.pv2(expected_discharge=format_ts(planned_ms)[:12])
        self._say("A16", at_ms, planned, adt_writer.zu1("Y", self.stay.ready_on))

    def not_ready(self, at_ms: int) -> None:
        """A25: ready no longer."""
        self._change(ready="N", ready_on="")
        self._say("A25", at_ms, adt_writer.zu1("N", '""'))

    def leave(self, at_ms: int) -> None:
        """A21: off the ward for some hours."""
        self._say("A21", at_ms)

    def back(self, at_ms: int) -> None:
        """A22: back on the ward."""
        self._say("A22", at_ms)

    def discharge(self, at_ms: int, *, method: str = "1", destination: str = "19", late_ms: int = 0) -> None:
        """A03 for a discharge at `at_ms`, recorded `late_ms` after it. Method 4 is a death and says so in
        PID too.
        """
        if method == "4":
            self._died_on = format_ts(at_ms)
        self._change(discharged_ms=at_ms, discharge_method=method, destination=destination)
        self._say("A03", at_ms + late_ms + 2 * MINUTE_MS, occurred_ms=at_ms)

    def cancel_discharge(self, at_ms: int) -> None:
        """A13: they did not leave after all."""
        self._change(discharged_ms=0, discharge_method="", destination="")
        self._say("A13", at_ms)

    def cancel_admission(self, at_ms: int) -> None:
        """A11: the stay was recorded by mistake."""
        self._say("A11", at_ms)

    # -- saying it -------------------------------------------------------------------------------------------

    def _change(self, **values: str | int) -> None:
        self.stay = replace(self.stay, **values)  # type: ignore[arg-type]  # fields of StayView, all of them

    def _say(
        self,
        trigger: str,
        at_ms: int,
        *more: str,
        occurred_ms: int | None = None,
        person_only: bool = False,
        stay: StayView | None = None,
    ) -> None:
        if not self._since_ms <= at_ms < self._until_ms:
            return
        hidden = bool(self.stay.hidden)
        who = adt_writer.pid(
            self.citizen, numbered=self._numbered, died_on=self._died_on, hidden=hidden, trust=self.stay.trust
        )
        segments = [adt_writer.evn(at_ms, at_ms - MINUTE_MS if occurred_ms is None else occurred_ms), who]
        pd1 = [one for one in more if one.startswith(("PD1", "NK1"))]
        segments += [] if hidden else pd1
        if not person_only:
            segments.append(adt_writer.pv1(stay or self.stay))
        segments += [one for one in more if one not in pd1]
        if hidden:
            segments.append(adt_writer.zu8(self.stay.hidden))
        self.said.append(Said(at_ms, trigger, tuple(segments), self.citizen.local_id))
