"""What a made-up hospital sends in one round, drawn from a seed, and what must come of each message.

Every message names its own ward, ``F01``, ``F02`` and so on along a stay: so whoever looks at the worklist or the
record from outside sees how far a stay has come there, and an older state after a newer one shows. What must be seen
at each step is worked out here from the triggers alone, and never asked of the bridge.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tests.intake.messages import adt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STORIES = (
    ("A01", "A02", "A16", "A03"),
    ("A01", "A16", "A25", "A02", "A16", "A03"),
    ("A01", "A02", "A16", "A25"),
    ("A01", "A16", "A03", "A13"),
    ("A01", "A02", "A02", "A08", "A16"),
    ("A01", "A02", "A16", "A11"),
    ("A01", "A02", "A02", "A03"),
)
LINES = 8
STAYS = 48
MERGED, LINKED, REFUSED, EMPTY = 8, 16, 8, 12
"""One pair to so many stays is merged by the hospital (A40), or shares a verified NHS number; one message to so many
stays is refused, or kept without any effect.
"""
READY = ("ZU1||||||||||||||||||||||Y||20261006",)
Kind = Literal["stay", "merge", "refused", "no effect"]


@dataclass(slots=True)
class Sent:
    """A message as its sender remembers it: what it is, how often it went out, and each answer that came back."""

    control_id: str
    raw: bytes
    kind: Kind
    visit: str = ""
    step: int = 0
    tries: int = 0
    answers: list[Answer] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        """Whether the hospital was ever told that the bridge has taken charge of it."""
        return any(answer.accepted for answer in self.answers)


@dataclass(frozen=True, slots=True)
class Answer:
    """One acknowledgment: its code, the message that it names, and its reason."""

    code: str
    control_id: str
    reason: str = ""

    @property
    def accepted(self) -> bool:
        return self.code in ("AA", "CA")


@dataclass(frozen=True, slots=True)
class State:
    """What must be seen of a stay: its task's signal (empty: no task) and its Encounter's status."""

    signal: str
    status: str


@dataclass(slots=True)
class Plan:
    """A round: the messages of each connection in order, the triggers of each stay, and who becomes one person."""

    seed: int
    lines: list[list[Sent]]
    stays: dict[str, tuple[str, ...]]
    people: list[frozenset[str]]
    merged_away: list[tuple[str, str]]
    """Pairs of visits: that of the person who stays, and that of the one who becomes the same person."""

    @property
    def sent(self) -> list[Sent]:
        """Every message."""
        return [one for line in self.lines for one in line]


def state(triggers: Sequence[str]) -> State:
    """What must be seen once these triggers, and no more, are understood (HL7 v2.4 chapter 3)."""
    last = {name: max((n for n, one in enumerate(triggers) if one == name), default=-1) for name in triggers}
    if "A11" in last:
        return State("entered-in-error" if "A16" in last else "", "entered-in-error")
    left = last.get("A03", -1) > last.get("A13", -1)
    status = "finished" if left else "in-progress"
    if "A16" not in last:
        return State("", status)
    ready = last["A16"] > last.get("A25", -1)
    return State("discharged" if left else "ready" if ready else "not-ready", status)


def plan(seed: int, stays: int = STAYS) -> Plan:
    """Draw a round from its seed."""
    rng = random.Random(seed)
    made = Plan(seed, [[] for _ in range(LINES)], {}, [], [])
    waiting = [_stay(made, rng, number) for number in range(stays)]
    _make_one(made, rng, waiting)
    waiting += [[one] for one in (*_refused(rng, stays // REFUSED), *_without_effect(stays // EMPTY))]
    lines = [rng.randrange(LINES) for _ in waiting]
    left = [number for number, story in enumerate(waiting) for _ in story]
    rng.shuffle(left)
    for number in left:
        made.lines[lines[number]].append(waiting[number].pop(0))
    return made


def _stay(made: Plan, rng: random.Random, number: int, nhs_number: str = "") -> list[Sent]:
    visit, triggers = f"V{number:03d}", rng.choice(STORIES)
    made.stays[visit] = triggers
    return [_of_stay(visit, step, trigger, nhs_number) for step, trigger in enumerate(triggers, start=1)]


def _of_stay(visit: str, step: int, trigger: str, nhs_number: str = "") -> Sent:
    control_id = f"{visit}S{step}"
    raw = adt(
        trigger, control_id=control_id, sent=f"202610{step:02d}1000", local_id=_local(visit), visit=visit,
        nhs_number=nhs_number, ward=f"F{step:02d}^BAY^1^RKB01", extra=READY if trigger == "A16" else (),
    )  # fmt: skip
    return Sent(control_id, raw, "stay", visit, step)


def _local(visit: str) -> str:
    return visit.replace("V", "L")


def _make_one(made: Plan, rng: random.Random, waiting: list[list[Sent]]) -> None:
    """Make one person of two: by a merge somewhere in the first one's story, or by one verified number."""
    merged, linked = len(waiting) // MERGED, len(waiting) // LINKED
    chosen = rng.sample(range(len(waiting)), 2 * (merged + linked))
    for place in range(merged + linked):
        one, other = chosen[2 * place : 2 * place + 2]
        visits = f"V{one:03d}", f"V{other:03d}"
        made.people.append(frozenset(visits))
        if place < merged:
            made.merged_away.append(visits)
            waiting[one].insert(rng.randrange(1, len(waiting[one]) + 1), _merge(*visits))
        else:
            for number in (one, other):
                visit, number_of_both = f"V{number:03d}", nhs_number(place + 1)
                triggers = made.stays[visit]
                waiting[number] = [
                    _of_stay(visit, step, trigger, number_of_both)
                    for step, trigger in enumerate(triggers, start=1)
                ]


def _merge(stays: str, goes: str) -> Sent:
    control_id = f"{stays}M"
    raw = adt(
        "A40", control_id=control_id, sent="202610201000", local_id=_local(stays), nhs_number="", visit="",
        extra=(f"MRG|{_local(goes)}^^^RKB^MRN",),
    )  # fmt: skip
    return Sent(control_id, raw, "merge")


def _refused(rng: random.Random, count: int) -> Iterator[Sent]:
    for number in range(count):
        control_id = f"R{number:02d}"
        if rng.random() < 0.5:  # only ADT comes in here
            raw = adt("A01", control_id=control_id, local_id="LR", msh={9: "ORU^R01"})
        else:  # a merge that does not say of whom
            raw = adt("A40", control_id=control_id, local_id="LR", visit="")
        yield Sent(control_id, raw, "refused")


def _without_effect(count: int) -> Iterator[Sent]:
    for number in range(count):
        control_id = f"E{number:02d}"
        yield Sent(control_id, adt("A29", control_id=control_id, local_id="LE", visit=""), "no effect")


def nhs_number(number: int) -> str:
    """A made-up NHS number that its check digit fits, from the range that is never given out."""
    for head in range(999_600_000 + number * 100, 999_600_100 + number * 100):
        check = (
            11
            - sum(int(digit) * weight for digit, weight in zip(str(head), range(10, 1, -1), strict=True)) % 11
        )
        if check != 10:
            return f"{head}{check % 11}"
    raise AssertionError("one head in eleven has no check digit")


def step_of(ward: str) -> int:
    """How far along its stay a ward name says it is; 0 where it says nothing."""
    found = re.fullmatch(r"F(\d\d)", ward)
    return int(found[1]) if found else 0
