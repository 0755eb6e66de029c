"""A patient without a task, once for each cause: what a ward would ring about at night."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from ascbridge.events.handlers import pauses, set_aside
from ascbridge.events.handlers.pauses import Pause
from ascbridge.storage.tables import data_key, patient
from tests.intake.messages import adt
from tests.web.faults import bury_one, hold_one, pointers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City

NUMBER = "9993000124"
WHO: dict[str, Any] = {"local_id": "L300", "visit": "V300", "nhs_number": NUMBER, "name": "QUILLFEATHER^ADA"}
NAMED = ("QUILLFEATHER", NUMBER, "999 300 0124", "L300", "V300")


def never_came(_: City) -> None:
    return


def refused(city: City) -> None:
    city.arrive("itk-v24", adt("A01", control_id="BAD1", **{**WHO, "visit": ""}, pid={7: "19419999"}))


def held(city: City) -> None:
    hold_one(city, "a fault of the profile", **WHO)


def given_up(city: City) -> None:
    bury_one(city, "a fault of the profile", **WHO)


def paused(city: City) -> None:
    records = pointers(city, 1, **WHO)
    stop(city, "pause")
    laid = [replace(one, headers={**one.headers, "feed": "itk-v24"}) for one in records]
    city.bridge.write_now(lambda c: set_aside.lay(c, "translator", laid))


def drained(city: City) -> None:
    stop(city, "drain")


def stop(city: City, mode: Any) -> None:
    one = Pause(
        "feed", "itk-v24", mode, city.clock.at_ms, "Ola Green", "it-operations", "a new map", "Ola, 2222"
    )
    city.bridge.write_now(lambda c: pauses.begin(c, one))


def no_rule(city: City) -> None:
    city.hear("A01", **WHO)
    city.work()  # the desk reads what it said itself


def a_child(city: City) -> None:
    born = "20190101"
    city.hear("A03", **WHO, born=born, pv1={36: "1", 37: "54", 45: "202610181200"})
    city.work()  # the desk reads what it said itself


def no_stay(city: City) -> None:
    city.hear("A31", **{**WHO, "visit": ""})
    city.work()  # the desk reads what it said itself


def waiting(city: City) -> None:
    pointers(city, 1, **WHO)


def erased(city: City) -> None:
    """Of whom the desk had no stay; asked for by the hospital's own number, since no other is left."""
    no_stay(city)
    city.bridge.write_now(
        lambda c: c.execute(update(patient).where(patient.c.sealed.is_not(None)).values(nhs_lookup=""))
    )
    city.keys.write_now(lambda c: c.execute(update(data_key).values(wrapped=None)))


def restricted(city: City) -> None:
    city.hear("A01", **WHO, extra=("ZU8||||2",))
    city.work()  # the desk reads what it said itself


CAUSES: dict[str, tuple[Callable[[City], None], tuple[str, ...]]] = {
    "never-came": (never_came, ("No message about this person ever came", "Ask the ward or its IT desk")),
    "refused": (refused, ("was refused at the door", "Have the sender put that right and send it again")),
    "held": (
        held,
        ("is held at translator and tried again: a fault of the profile", "1 later message waits behind it"),
    ),
    "dead-letter": (
        given_up,
        ("was given up on by translator: a fault of the profile", "mend it or send it again"),
    ),
    "paused": (paused, ("wait because feed itk-v24 is paused, by Ola Green: a new map", "Ring Ola, 2222")),
    "feed-paused": (
        drained,
        ("Feed itk-v24 takes nothing new, stopped by Ola Green: a new map", "Ring Ola, 2222"),
    ),
    "no-rule": (
        no_rule,
        ("no rule of ready-opens version 2 asks for a task yet", "ask the ward to say so in its system"),
    ),
    "rule-dropped": (
        a_child,
        ("Rule not-an-adult of ready-opens version 2 takes no task", "have the ward correct it"),
    ),
    "no-stay": (no_stay, ("none of them speaks of a hospital stay", "Ask the ward for the admission (A01)")),
    "waiting": (waiting, ("is kept and not dealt with to the end yet", "Look at the flow map")),
    "restricted": (
        restricted,
        ("no rule of ready-opens version 2 asks for a task yet", "ask the ward to say so"),
    ),
}
"""By cause: how it comes about, and the words that say it and what to do. Of a restricted person it is the same."""
