"""The verdict on the council's side, from outside only: what was said of somebody is what the record shows.

A few people are looked at for each kind of thing, not all: each costs four questions, and a demonstration is to end.
What names anybody is sealed, and shows in no code: it is not compared here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ascbridge.simulator.case_timeline import LETTERS
from ascbridge.simulator.crosswalk import renumbered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ascbridge.simulator.case_timeline import Statement
    from ascbridge.simulator.crosswalk import Numbering
    from ascbridge.simulator.discharge_team import Desk

PEOPLE_A_KIND = 2
REQUESTS = ("contact", "referral")
SEALED = frozenset({"name", "phone", "goals"})
RENAMED = {("referral", "contact"): "after_contact"}
GOES_ON = frozenset({"package", "placement", "short_term", "interim_support"})
PURPOSE = "the simulation looks whether what was said is what is shown"

Thing = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the council last said of one person, by kind and number of the thing."""

    council_id: str
    nhs_number: str
    things: dict[Thing, Any] = field(compare=False)

    def says(self, fact: str, member: str) -> bool:
        """Whether it was said that somebody died, or objects."""
        said = self.things.get((fact, ""))
        return bool(said and said[member])


@dataclass
class Shown:
    """What the outside shows of one person: their case, and how many resources of the shared record are theirs."""

    case: dict[Thing, dict[str, Any]] = field(default_factory=dict)
    died: bool = False
    shared: bool = False
    requests: dict[str, str] = field(default_factory=dict)
    answers: int = 0


def _its_own(kind: str, number: str) -> str:  # noqa: ARG001  # a numbering's signature
    return number


def expected(told: Iterable[Statement], numbering: Numbering = _its_own) -> dict[str, Expected]:
    """Return what holds in the end of everybody whom the council spoke of, by council id; things by the numbers that a
    case system gives.
    """
    found: dict[str, Expected] = {}
    for one in sorted(told, key=lambda one: one.at_ms):
        who = one.citizen.council_id
        person = found.setdefault(who, Expected(who, one.citizen.nhs_number, {}))
        said = renumbered(one, numbering)[one.fact]
        person.things[one.fact, said["id"] if one.fact in LETTERS else ""] = said
    return found


def sample(people: Sequence[Expected]) -> list[Expected]:
    """Return a few people for each kind of thing, so that every kind is looked at."""
    chosen: dict[str, Expected] = {}
    for fact in sorted({fact for person in people for fact, _ in person.things}):
        with_it = [person for person in people if any(kind == fact for kind, _ in person.things)]
        chosen |= {person.council_id: person for person in with_it[-PEOPLE_A_KIND:]}
    return list(chosen.values())


async def look(desk: Desk, person: Expected) -> Shown:
    """Ask the running bridge for one person. Raises `NotAllowedIn`."""
    shown = Shown()
    found = await desk.find("/api/persons/search", {"nhs_number": person.nhs_number})
    for person_id in found["person_ids"][:1]:
        record = await desk.record(person_id, PURPOSE)
        shown.died = record["person"]["died"]
        shown.case = {(one["kind"], one["id"]): one for one in record["case"]}
    number = {"identifier": f"https://fhir.nhs.uk/Id/nhs-number|{person.nhs_number}"}
    for patient in _resources(await desk.ask("/fhir/Patient/_search", number)):
        shown.shared = True
        about = f"Patient/{patient['id']}"
        for one in _resources(await desk.get("/fhir/ServiceRequest", patient=about, _count=100)):
            shown.requests |= {each["value"]: one["status"] for each in one["identifier"]}
        answers = await desk.get("/fhir/QuestionnaireResponse", patient=about, _count=100)
        shown.answers += len(_resources(answers))
    return shown


def judge_case(person: Expected, shown: Shown) -> list[str]:
    """Return everything that is not shown as it was said, in words."""
    faults = []
    died = person.says("death", "died")
    for (fact, number), said in person.things.items():
        if fact != "death":
            faults += [f"{person.council_id}: {one}" for one in _thing(fact, number, said, shown, died=died)]
    extra = shown.case.keys() - person.things.keys()
    faults += [f"{person.council_id}: a {fact} that nobody told of" for fact, _ in sorted(extra)]
    if shown.died != died:
        faults.append(f"{person.council_id}: is shown as {'dead' if shown.died else 'living'}")
    return faults + [f"{person.council_id}: {one}" for one in _shared(person, shown)]


def _thing(fact: str, number: str, said: Any, shown: Shown, *, died: bool) -> list[str]:
    found = shown.case.get((fact, number))
    if found is None:
        return [f"no {fact} is shown"]
    if isinstance(said, bool):
        return [] if found["says"].get("known") is said else ["is shown as unknown"]
    faults = [
        f"{fact}: {member} is not shown as it was said"
        for member, value in said.items()
        if member != "id" and member not in SEALED and value != ""
        and found["says"].get(RENAMED.get((fact, member), member)) != value
    ]  # fmt: skip
    if found["stopped"] != (died and fact in GOES_ON and said["status"] != "ended"):
        faults.append(f"{fact}: {'stopped' if found['stopped'] else 'goes on'}")
    return faults


def _shared(person: Expected, shown: Shown) -> list[str]:
    """What is wrong with the shared record: who objects is not in it, and of everybody else it holds the requests."""
    if person.says("objection", "objects"):
        return ["is in the shared record against their will"] if shown.shared else []
    if not shown.shared:
        return ["is not in the shared record"]
    faults = []
    for (fact, number), said in person.things.items():
        if fact in REQUESTS:
            status = "completed" if said.get("outcome") else "active"
            if shown.requests.get(number) != status:
                faults.append(f"{fact}: is {shown.requests.get(number, 'not')} in the shared record")
    answers = sum(fact == "self_assessment" for fact, _ in person.things)
    if shown.answers != answers:
        faults.append(f"{shown.answers} self-assessments in the shared record, expected {answers}")
    return faults


def _resources(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle.get("entry", ())]
