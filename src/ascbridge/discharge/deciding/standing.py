"""What people at the desk agreed about a task beside how far the work is: whose it is, why it waits, what was asked,
and with whom somebody must speak first. Folded from the acts. Pure.

A hold is neutral: it says *speak to somebody before discharge* and never why, and it is used for all sorts of matters,
so that it marks nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ascbridge.discharge.deciding.desk_state import Act


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the ward that nobody has answered yet: the version of the act that asked it, and when (UTC ms)."""

    version: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds beside the stage. Codes only; whom to speak to is sealed with the act `hold_version`. UTC ms.

    `team` is empty where nobody handed the task on. `paused_at` is the signal under which the desk paused it.
    """

    team: str = ""
    team_ms: int = 0
    paused: str = ""
    paused_at: str = ""
    paused_ms: int = 0
    questions: tuple[Question, ...] = ()
    hold_version: int = 0

    def waits(self, signal: str) -> bool:
        """Whether the desk's own pause holds. It ends by itself when the hospital says something else: work that
        somebody put aside must not stay there while its patient leaves.
        """
        return bool(self.paused) and self.paused_at == signal

    @property
    def asked_ms(self) -> int | None:
        """Since when the oldest question waits for an answer (UTC ms); None where none does."""
        return min((one.at_ms for one in self.questions), default=None)


NOTHING_AGREED = Standing()


def _passed_on(standing: Standing, act: Act) -> Standing:
    if "team" not in act.detail:
        return standing
    return replace(standing, team=act.detail["team"], team_ms=act.at_ms)


def _paused(standing: Standing, act: Act) -> Standing:
    return replace(standing, paused=act.detail["why"], paused_at=act.detail["signal"], paused_ms=act.at_ms)


def _resumed(standing: Standing, _: Act) -> Standing:
    return replace(standing, paused="", paused_at="", paused_ms=0)


def _asked(standing: Standing, act: Act) -> Standing:
    return replace(standing, questions=(*standing.questions, Question(act.version, act.at_ms)))


def _answered(standing: Standing, act: Act) -> Standing:
    left = tuple(one for one in standing.questions if one.version != act.detail["answers"])
    return replace(standing, questions=left)


def _held(standing: Standing, act: Act) -> Standing:
    return replace(standing, hold_version=act.version)


def _lifted(standing: Standing, _: Act) -> Standing:
    return replace(standing, hold_version=0)


_FOLD: Mapping[str, Callable[[Standing, Act], Standing]] = {
    "assign": _passed_on,
    "hand_over": _passed_on,
    "pause": _paused,
    "resume": _resumed,
    "open_by_hand": _resumed,
    "ask": _asked,
    "answer": _answered,
    "hold": _held,
    "lift_hold": _lifted,
}


STANDING_ACTS = frozenset(_FOLD)


def next_standing(standing: Standing, act: Act) -> Standing:
    """Return what holds after one more act; an act that is about something else changes nothing."""
    fold = _FOLD.get(act.act)
    return fold(standing, act) if fold is not None else standing
