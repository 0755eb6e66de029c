"""What people at the desk do with one another and with the ward: assign, hand over, pause, ask, give back, hold.

Each is an act of `desk`, checked by version and kept for good. What anybody typed is sealed; the act's detail holds
codes, names of teams and names of colleagues.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.discharge.acts.desk import NotAChoice, NotNow, Sitting, check_choice, record_act
from ascbridge.discharge.deciding.desk_state import desk_state
from ascbridge.discharge.lists import colleagues
from ascbridge.reference.reason_lists import PAUSE, REJECT

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.deciding.standing import Standing
    from ascbridge.discharge.keeping.store import Stay


def assign(connection: Connection, sitting: Sitting, task_id: str, to: str, text: str = "") -> int:
    """Give a task to a colleague (``person:NAME``) or to a team (``team:NAME``).

    Returns its new version. Raises `StaleTask`, `UnknownTask`, `NotNow`, `NotAChoice`, and `PersonErased` where there
    is text.
    """
    kind, _, name = to.partition(":")
    if kind == "person" and name in colleagues.known(connection, sitting.now_ms):
        return record_act(
            connection, sitting, task_id, "assign", {"to": name}, text, see=_not_yet_theirs(name)
        )
    if kind == "team":
        check_choice(_teams(connection, sitting), name)
        return record_act(connection, sitting, task_id, "assign", {"team": name}, text)
    raise NotAChoice(f"{to!r} is no colleague who works here and no team")


def hand_over(connection: Connection, sitting: Sitting, task_id: str, team: str, text: str) -> int:
    """Hand a task over to another team, with what it must know. Returns and raises as `assign`."""
    check_choice(_teams(connection, sitting), team)

    def see(stay: Stay) -> dict[str, Any]:
        before = stay.task.owner_team if stay.task is not None else ""
        if before == team:
            raise NotNow(f"{team} has this task already.")
        return {"from": before}

    return record_act(connection, sitting, task_id, "hand_over", {"team": team}, text, see=see)


def pause(connection: Connection, sitting: Sitting, task_id: str, why: str, text: str = "") -> int:
    """Pause a task with a reason of reference data, until somebody goes on or the hospital says something else.

    Returns and raises as `assign`.
    """
    reasons, ident = sitting.desk.reference_now(connection).reasons_for(PAUSE, sitting.now_ms)
    check_choice(reasons, why)

    def see(stay: Stay) -> dict[str, Any]:
        signal = stay.task.signal if stay.task is not None else ""
        if _standing(stay).waits(signal):
            raise NotNow("This task is paused already.")
        return {"signal": signal}

    return record_act(connection, sitting, task_id, "pause", {"why": why, "list": ident}, text, see=see)


def resume(connection: Connection, sitting: Sitting, task_id: str) -> int:
    """Go on with a task that the desk paused. Returns and raises as `assign`."""

    def see(stay: Stay) -> dict[str, Any]:
        if stay.task is None or not _standing(stay).waits(stay.task.signal):
            raise NotNow("Nobody at the desk paused this task.")
        return {}

    return record_act(connection, sitting, task_id, "resume", {}, "", see=see)


def ask_ward(connection: Connection, sitting: Sitting, task_id: str, asked: str, text: str) -> int:
    """Write down what the ward was asked, and who was asked there; the task shows since when it waits.

    Returns and raises as `assign`.
    """
    return record_act(connection, sitting, task_id, "ask", {}, f"Asked {asked}: {text}")


def answer(connection: Connection, sitting: Sitting, task_id: str, question: int, text: str) -> int:
    """Write down the answer to the question that was asked in version `question`. Returns and raises as `assign`."""

    def see(stay: Stay) -> dict[str, Any]:
        if question not in {one.version for one in _standing(stay).questions}:
            raise NotNow("This question is answered, or was never asked.")
        return {}

    return record_act(
        connection, sitting, task_id, "answer", {"answers": question}, text, opened=False, see=see
    )


def reject(connection: Connection, sitting: Sitting, task_id: str, why: str, text: str = "") -> int:
    """Give a referral back to the hospital with a reason of reference data. Returns and raises as `assign`."""
    reasons, ident = sitting.desk.reference_now(connection).reasons_for(REJECT, sitting.now_ms)
    check_choice(reasons, why)
    return record_act(connection, sitting, task_id, "reject", {"why": why, "list": ident}, text)


def hold(connection: Connection, sitting: Sitting, task_id: str, whom: str, phone: str) -> int:
    """Set a neutral hold: speak to `whom`, at `phone`, before discharge, without a reason. The last one holds.

    Returns and raises as `assign`.
    """
    return record_act(connection, sitting, task_id, "hold", {}, f"{whom}\n{phone}")


def lift_hold(connection: Connection, sitting: Sitting, task_id: str) -> int:
    """Take the hold away. Returns and raises as `assign`."""

    def see(stay: Stay) -> dict[str, Any]:
        if not _standing(stay).hold_version:
            raise NotNow("There is no hold on this task.")
        return {}

    return record_act(connection, sitting, task_id, "lift_hold", {}, "", opened=False, see=see)


def _teams(connection: Connection, sitting: Sitting) -> dict[str, str]:
    teams = sitting.desk.reference_now(connection).desk_teams(sitting.now_ms)
    return {team: team for team in teams}


def _standing(stay: Stay) -> Standing:
    return desk_state(stay.acts).standing


def _not_yet_theirs(name: str) -> Any:
    def see(stay: Stay) -> dict[str, Any]:
        if stay.claimed_by == name:
            raise NotNow(f"{name} has this task already.")
        return {}

    return see
