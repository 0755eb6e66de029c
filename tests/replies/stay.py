"""One stay, made ready, and acts of the desk on its task: what there is to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.discharge.acts import between_people, desk, stage_acts
from ascbridge.discharge.acts.desk import Sitting
from ascbridge.people.actor import Actor
from tests.web.city import MINUTE, zu1

if TYPE_CHECKING:
    from tests.web.city import City

WHO = {
    "local_id": "L1", "visit": "V1", "name": "OKONKWO^ADA^^^MRS^^L", "born": "19410314",
    "nhs_number": "9993000019", "ward": "W12^BAY 3^BED 4^RKB01",
}  # fmt: skip


def ready(city: City) -> str:
    """Let her come in and be ready to leave; return her task."""
    city.hear("A01", **WHO)
    city.hear("A16", **WHO, extra=(zu1("Y", "20261018"),))
    return str(city.task_of().task_id)


def act(city: City, what: str, task: str, *more: str) -> None:
    """Do something at the desk a minute later, and let everybody hear."""
    version = city.task_of().desk_version
    city.clock.at_ms += MINUTE
    sitting = Sitting(city.desk, Actor("Amina", "discharge-team", "web"), version, city.clock.at_ms)
    doing = next(getattr(one, what) for one in (desk, stage_acts, between_people) if hasattr(one, what))
    city.bridge.write_now(lambda c: doing(c, sitting, task, *more))
    city.work()
