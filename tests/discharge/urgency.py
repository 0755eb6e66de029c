"""Urgent matters on a discharge bench: what makes them, what people do about them, and how they stand."""

from typing import Any

from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.acts.urgent_acts import UrgentActName, UrgentWish, do_urgent
from ascbridge.discharge.urgent import urgent_store
from ascbridge.discharge.urgent.urgent_store import Matter
from ascbridge.events.facts.care import CareActAssessmentStated, PackageStated
from ascbridge.people.actor import Actor
from tests.discharge.builders import Bench, admitted, at, details, discharged, known, stamp

DAY, NIGHT = "Community Discharge Team", "Emergency Out of Hours"
SAM = Actor("sam", "discharge-team", "work")
OLA = Actor("ola", "out-of-hours", "work")


def carer(when: str | int, **more: Any) -> CareActAssessmentStated:
    """The council assessed this person as somebody's carer."""
    values = {"assessment": "A1", "status": "completed", "client": "carer", **more}
    return CareActAssessmentStated(stamp=stamp(when), **values)


def package(when: str | int, status: Any, number: str = "P1", **more: Any) -> PackageStated:
    return PackageStated(stamp=stamp(when), package=number, status=status, **more)


def carer_comes_in(bench: Bench, at_ms: int) -> None:
    bench.say(details(at_ms - 9), carer(at_ms - 8))
    bench.say(admitted(at_ms, admitted_ms=at_ms))


def leaves_by_themselves(bench: Bench, at_ms: int) -> None:
    bench.say(details(at_ms - 9), known(at_ms - 8), admitted(at_ms - 7, admitted_ms=at_ms - 7))
    bench.say(discharged(at_ms, "2", "19"))


def leaves_without_care(bench: Bench, at_ms: int) -> None:
    bench.say(details(at_ms - 9), package(at_ms - 8, "live"), admitted(at_ms - 7, admitted_ms=at_ms - 7))
    bench.say(package(at_ms - 6, "suspended"))
    bench.say(discharged(at_ms))


KINDS = {
    "carer-admitted": carer_comes_in,
    "self-discharge": leaves_by_themselves,
    "package-lapsed": leaves_without_care,
}
"""How each kind that a fact makes comes about, at a moment."""


def matters(bench: Bench) -> dict[str, Matter]:
    """Every matter of the bench's one stay, by code."""
    found = bench.write(lambda c: urgent_store.of_spells(c, ["s1"]))
    return {code: one for (_, code), one in found.items()}


def matter(bench: Bench) -> Matter:
    (only,) = matters(bench).values()
    return only


def act(
    bench: Bench,
    name: UrgentActName,
    choice: str = "",
    *,
    when: str | int,
    text: str = "",
    actor: Actor = SAM,
    reached: bool = False,
    version: int | None = None,
) -> int:
    """Act on the bench's one matter, at the version that it has; returns its new version."""
    one = matter(bench)
    at_ms = at(when) if isinstance(when, str) else when
    sitting = Sitting(bench.desk, actor, one.desk.version if version is None else version, at_ms)
    return bench.write(lambda c: do_urgent(c, sitting, one.id, UrgentWish(name, choice, reached, text)))
