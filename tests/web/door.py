"""Who waits at the front door of the tests' city: triage for both teams, a review, and a person who is restricted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.storage.tables import door_task

if TYPE_CHECKING:
    from tests.web.city import City

EVANS = ("C100", "9993000019", ("EVANS", "MARY"), "1941-03-14")
OKAFOR = ("C101", "9993000027", ("OKAFOR", "SAMUEL"), "1938-07-02")
SINGH = ("C102", "9993000035", ("SINGH", "HARBHAJAN"), "1952-01-19")
HOLLOWAY = ("C104", "9993000051", ("HOLLOWAY", "JANE"), "1970-05-05")
INITIAL, DUTY, REVIEWS = "Initial Contact Team", "Duty Team", "Assessment and Case Management"
HIDDEN = ("Canary Court", "prison", "Prison", "Canary North")
"""What the council says of the restricted person that could tell where she is."""


def contact(city: City, person: tuple[Any, ...], id: str, on: str, at: str = "09:00", **said: Any) -> None:
    values = {"id": id, "received_on": on, "channel": "phone", "made_by": "family", **said}
    city.council(*person, "contact", recorded=f"{on}T{at}:00Z", contact=values)


def people_the_door(city: City) -> None:
    """Okafor waits for Initial Contact since Monday and is late, Evans has support, Singh's review is due in November."""
    contact(
        city,
        OKAFOR,
        "CT-1",
        "2026-10-12",
        channel="online-referral",
        reason="Falls at home",
        route="community",
    )
    contact(city, EVANS, "CT-2", "2026-10-16", channel="email", made_by="professional")
    city.council(*HOLLOWAY, "worker", worker={"team": "Canary North", "name": "Amina Yusuf"})
    contact(city, HOLLOWAY, "CT-3", "2026-10-14", reason="Lives at Canary Court", route="prison")
    city.council(*SINGH, "package", package={"id": "PK-1", "status": "live", "started_on": "2025-01-06"})
    city.council(*SINGH, "review", review={"id": "RV-1", "status": "due", "due_on": "2026-11-02"})


def at_door(city: City, about: str) -> Any:
    """The task about one thing of the council's, such as ``contact:CT-1``."""
    return next(row for row in city.rows(door_task) if row.about == about)
