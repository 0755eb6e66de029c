"""Facts of the council, as its case system states them, and a front door that hears them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.events.facts import care, referral
from ascbridge.events.facts.front_door import FrontDoorTask
from ascbridge.frontdoor import front_desk
from ascbridge.frontdoor.door_rules import load
from ascbridge.frontdoor.front_desk import DoorSitting
from ascbridge.frontdoor.front_work import FrontDoor
from ascbridge.frontdoor.reception import Reception
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import door_request, door_task
from tests.discharge.builders import REFERENCE, Bench, bench_in_memory, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from ascbridge.discharge.deciding.reference import Reference

RULES = load()
INITIAL, DUTY, REVIEWS = "Initial Contact Team", "Duty Team", "Assessment and Case Management"


def contact(when: str, id: str = "C1", **more: Any) -> referral.ContactRecorded:
    values = {"received_on": when[:10], "channel": "phone", "made_by": "family", **more}
    return referral.ContactRecorded(stamp=stamp(when), contact=id, **values)


def referred(when: str, id: str = "R1", **more: Any) -> referral.ReferralRecorded:
    values = {"received_on": when[:10], "channel": "online-referral", "made_by": "professional", **more}
    return referral.ReferralRecorded(stamp=stamp(when), referral=id, **values)


def assessment(
    when: str, id: str = "A1", status: str = "requested", **more: Any
) -> care.CareActAssessmentStated:
    values = {"stamp": stamp(when), "assessment": id, "status": status, **more}
    return care.CareActAssessmentStated.model_validate(values)


def package(when: str, id: str = "K1", status: str = "live", **more: Any) -> care.PackageStated:
    return care.PackageStated.model_validate({"stamp": stamp(when), "package": id, "status": status, **more})


def plan(when: str, id: str = "S1", status: str = "agreed", **more: Any) -> care.SupportPlanStated:
    return care.SupportPlanStated.model_validate(
        {"stamp": stamp(when), "support_plan": id, "status": status, **more}
    )


def review(when: str, id: str = "V1", status: str = "done", **more: Any) -> care.ReviewStated:
    return care.ReviewStated.model_validate({"stamp": stamp(when), "review": id, "status": status, **more})


def episode(when: str, id: str = "E1", status: str = "live", **more: Any) -> care.ShortTermEpisodeStated:
    return care.ShortTermEpisodeStated.model_validate(
        {"stamp": stamp(when), "episode": id, "status": status, **more}
    )


class DoorBench(Bench):
    """A bench whose discharge desk has the front door behind it."""

    def __init__(
        self, write: Callable[[Callable[[Connection], Any]], Any], reference: Reference = REFERENCE
    ) -> None:
        super().__init__(write, reference)
        self.door = FrontDoor(self.desk, RULES)
        self.reception = Reception(self.engine, self.door, self.clock)
        self.engine = self.reception  # type: ignore[assignment]  # what hears, in front of the desk

    def watch(self) -> int:
        """Let time pass that has come."""
        return self.write(self.reception.watch)

    def door_tasks(self) -> dict[str, FrontDoorTask]:
        """Every task of the front door, by patient key and what it is about."""
        rows = self.write(lambda c: c.execute(select(door_task.c.patient_key, door_task.c.body)).all())
        facts = [(key, FrontDoorTask.model_validate_json(body)) for key, body in rows]
        return {f"{key} {fact.about}": fact for key, fact in facts}

    def open_tasks(self) -> dict[str, FrontDoorTask]:
        return {
            name: one for name, one in self.door_tasks().items() if one.status in {"requested", "accepted"}
        }

    def row(self, task: str) -> Any:
        (row,) = self.ask(select(door_task).where(door_task.c.task_id == task))
        return row

    def why(self, task: str) -> dict[str, Any]:
        return orjson.loads(self.row(task).explanation)

    def waits(self) -> dict[str, dict[str, Any]]:
        """Every request's waits, without when it was written."""
        rows = self.write(lambda c: c.execute(select(door_request)).all())
        return {
            row.request_id: {name: value for name, value in row._mapping.items() if name != "changed_ms"}
            for row in rows
        }

    def act(
        self,
        task: str,
        name: front_desk.ActName,
        version: int,
        choice: str = "",
        text: str = "",
        who: str = "Sam Lee",
    ) -> int:
        sitting = DoorSitting(self.door, Actor(who, "front-door", "test"), version, self.clock.now_ms())
        return self.write(lambda c: front_desk.act(c, sitting, task, name, choice, text))

    def door_events(self) -> list[str]:
        return [type(fact).__name__ for fact in self.emitted() if isinstance(fact, FrontDoorTask)]


@contextlib.contextmanager
def door_in_memory() -> Iterator[DoorBench]:
    """A front door with empty tables; whatever is written is gone afterwards."""
    with bench_in_memory() as bench:
        yield DoorBench(bench.write)
