"""Evenings and nights of the tests' city: what makes something urgent, and what somebody says and does about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.calendars import london_ms
from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.acts.urgent_acts import UrgentActName, UrgentWish, do_urgent, say_urgent
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import urgent_matter
from tests.web.city import hl7_time

if TYPE_CHECKING:
    from tests.web.city import City

NIGHT, MORNING = "2026-10-18T21:00", "2026-10-19T08:05"
OLA = Actor("Ola Night", "out-of-hours", "work")
EVANS: dict[str, Any] = {"local_id": "L100", "visit": "V100", "name": "EVANS^MARY^JOY^^MRS^^L", "born": "19410314",
                         "nhs_number": "9993000019", "ward": "W12^BAY 3^BED 4^RKB01"}  # fmt: skip
HOLLOWAY: dict[str, Any] = {"local_id": "L104", "visit": "V104", "name": "HOLLOWAY^JANE^^^MS^^L", "born": "19700505",
                            "nhs_number": "9993000051", "ward": "W40^BAY 9^BED 9^RKB01"}  # fmt: skip


def clock(city: City, text: str) -> None:
    """Let it be a time in London: ``2026-10-18T21:00``."""
    at_ms = london_ms(text)
    assert at_ms is not None
    city.clock.at_ms = at_ms


def leaves_by_herself(city: City, when: str = NIGHT, who: dict[str, Any] = EVANS) -> str:
    """Mary Evans, whom the council knows, leaves against advice; return the matter's id."""
    clock(city, when)
    city.hear("A03", **who, pv1={36: "2", 37: "19", 45: hl7_time(city.clock.at_ms)})
    return str(next(row for row in city.rows(urgent_matter) if row.code == "self-discharge").matter_id)


def matter_once(city: City) -> str:
    """An urgent matter of the city: one that stands there, or one that people now say."""
    there = city.rows(urgent_matter)
    if there:
        return str(there[0].matter_id)
    sitting = Sitting(city.desk, Actor("Nia Brown", "discharge-team", "work"), 0, city.clock.at_ms)
    task = city.task_of(0).task_id
    return city.bridge.write_now(lambda c: say_urgent(c, sitting, task, "alone-tonight", "Ring her at ten"))


def night_did(city: City, id: str, act: UrgentActName, choice: str = "", text: str = "") -> None:
    """Whoever is on duty out of hours does something about a matter."""
    version = next(row for row in city.rows(urgent_matter) if row.matter_id == id).version
    sitting = Sitting(city.desk, OLA, version, city.clock.at_ms)
    city.bridge.write_now(lambda c: do_urgent(c, sitting, id, UrgentWish(act, choice, text=text)))
