"""How work goes from stage to stage: accepted, triaged, on its pathway, supported, and after the person left.

Which stages there are and which lead where is reference data; the list that is in force now decides. Returns and raises
as the acts of `desk` do: the task's new version; `StaleTask`, `UnknownTask`, `NotNow`, `NotAChoice`, `PersonErased`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.discharge.acts.desk import (
    NotAChoice,
    NotNow,
    check_choice,
    chosen_reason,
    nothing_blocks,
    record_act,
    stage_of,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.acts.desk import Seeing, Sitting
    from ascbridge.discharge.deciding.reference import Reference
    from ascbridge.discharge.keeping.store import Stay

BY_OTHER_ACTS = frozenset({"new", "accepted", "pathway-proposed", "pathway-confirmed"})
"""Stages that are not set by saying so: a task is accepted, and a route is proposed and confirmed."""
NOTHING_FOUND = "sourcing-failed"
"""The list of reasons why no package or bed was found."""


class NoReason(NotAChoice):
    """A choice that needs a reason came without one."""


def accept(connection: Connection, sitting: Sitting, task_id: str) -> int:
    """Take a referral or signal as work of the team, without taking it oneself."""

    def see(stay: Stay) -> dict[str, Any]:
        if stage_of(stay) != "new":
            raise NotNow("This task is accepted already.")
        return {}

    return record_act(connection, sitting, task_id, "accept", {}, "", see=see)


def may_move(reference: Reference, stage: str, at_ms: int) -> tuple[str, ...]:
    """Return the stages that somebody may set from a stage, the next first."""
    onward = reference.lists.stages(at_ms).onward(stage)
    return tuple(one for one in onward if one not in BY_OTHER_ACTS)


def may_go_back(reference: Reference, stage: str, at_ms: int) -> tuple[str, ...]:
    """Return the stages that work may go back to, for a reason."""
    return reference.lists.stages(at_ms).of(stage).back_to


def may_choose_route(reference: Reference, stage: str, at_ms: int, to: str) -> bool:
    """Whether a route may be proposed (`pathway-proposed`) or confirmed (`pathway-confirmed`) at a stage."""
    return to in reference.lists.stages(at_ms).onward(stage)


def move_stage(
    connection: Connection, sitting: Sitting, task_id: str, stage: str, text: str = "", why: str = ""
) -> int:
    """Say how far the work is (`may_move`), or set it back to an earlier stage (`may_go_back`), for a reason."""
    reference = sitting.desk.reference_now(connection)
    check_choice(dict.fromkeys(reference.lists.stages(sitting.now_ms).names), stage)

    def see(stay: Stay) -> dict[str, Any]:
        here = stage_of(stay)
        seen: dict[str, Any] = {"signal": stay.task.signal if stay.task is not None else ""}
        if stage in may_go_back(reference, here, sitting.now_ms):
            reasons = reference.lists.stages(sitting.now_ms).of(here).reasons
            return {
                **seen,
                "back": True,
                **(_reason(reference, reasons, why, sitting.now_ms) if reasons else {}),
            }
        if stage not in may_move(reference, here, sitting.now_ms):
            words = reference.words.stage
            raise NotNow(f"From {words[here]} work does not go to {words[stage]}.")
        if stage == "discharged":
            nothing_blocks(connection, stay, "discharge", reference)
        return seen

    return record_act(connection, sitting, task_id, "stage", {"stage": stage}, text, see=see)


def propose_pathway(
    connection: Connection, sitting: Sitting, task_id: str, route: str, text: str = "", why: str = ""
) -> int:
    """Propose a route out of hospital. Another than home needs a reason."""
    see = _route(connection, sitting, route, why, "pathway-proposed")
    return record_act(connection, sitting, task_id, "propose_pathway", {"route": route}, text, see=see)


def confirm_pathway(
    connection: Connection, sitting: Sitting, task_id: str, route: str, text: str = "", why: str = ""
) -> int:
    """Confirm the route that was proposed, or another. Another than home needs a reason."""
    see = _route(connection, sitting, route, why, "pathway-confirmed")
    return record_act(connection, sitting, task_id, "confirm_pathway", {"route": route}, text, see=see)


def source(
    connection: Connection, sitting: Sitting, task_id: str, step: str, text: str = "", why: str = ""
) -> int:
    """Say what became of the search for a package or a bed: *offered*, *failed* for a reason, or *requested* again.

    That it was placed is said by the stage.
    """
    if step not in {"offered", "failed", "requested"}:
        raise NotAChoice(f"{step!r} is not one of offered, failed, requested")

    reference = sitting.desk.reference_now(connection)

    def see(stay: Stay) -> dict[str, Any]:
        if stage_of(stay) != "sourcing":
            raise NotNow("No package or bed is sought now.")
        return _reason(reference, NOTHING_FOUND, why, sitting.now_ms) if step == "failed" else {}

    return record_act(connection, sitting, task_id, "source", {"step": step}, text, see=see)


def _route(connection: Connection, sitting: Sitting, code: str, why: str, to: str) -> Seeing:
    reference = sitting.desk.reference_now(connection)
    routes = reference.lists.routes(sitting.now_ms)
    check_choice(routes.of, code)
    chosen = routes.of[code]

    def see(stay: Stay) -> dict[str, Any]:
        here = stage_of(stay)
        if not may_choose_route(reference, here, sitting.now_ms, to):
            raise NotNow(f"The pathway is not chosen at this stage: {reference.words.stage[here]}.")
        reason = _reason(reference, routes.reasons, why, sitting.now_ms) if chosen.needs_reason else {}
        return {"pathway": chosen.pathway, "setting": chosen.setting, "routes": routes.ident, **reason}

    return see


def _reason(reference: Reference, name: str, why: str, at_ms: int) -> dict[str, Any]:
    if not why:
        raise NoReason("choose why")
    return chosen_reason(reference, name, why, at_ms)
