"""Canaries again, in the depth: every resource with its versions, front-door tasks, dead letters, trails, openings,
searches and what is taken away, of the very people whom the concerns are about, as every role that has them.

The other sweep asks each address once, and what needs a number that exists answers *there is none* to it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ascbridge.access import ROLES
from ascbridge.storage.tables import door_task, message, opening, resource, urgent_matter
from tests.journeys.read_back import publish
from tests.web.door import EVANS, people_the_door
from tests.web.faults import bury_one
from tests.web.record.test_opening_pages import open_it
from tests.web.test_safeguarding_sweep import CANARIES, program, put_canaries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.web.conftest import Someone
    from tests.web.walled import WalledCity

WHY = {"why": "Checking how the system is used"}
CARE: dict[str, dict[str, Any]] = {
    "package": {"id": "PK-9", "kind": "home-support", "status": "live", "started_on": "2026-01-05"},
    "worker": {"team": "Older People", "name": "Amina Yusuf"},
    "carer": {"id": "CA-9", "name": "Joan Evans", "lives_with": True},
    "contact-person": {"id": "CP-9", "name": "Joan Evans", "relationship": "daughter"},
}
Asked = tuple[str, str, dict[str, Any]]
"""Method, address, and what is posted."""


def furnish(walled: WalledCity) -> str:
    """Let there be something of everything that a page or interface can be asked for; return the dead letter's id."""
    city = walled.city
    for fact, said in CARE.items():
        city.council(*EVANS, fact, **{fact: said})
    people_the_door(city)
    dead_id = bury_one(city, "a cause", local_id="L100", visit="V100", nhs_number="9993000019")
    duty = walled.sign_in("front-door", "Dee Duty")
    open_it(duty, city.task_of(3).person_id)
    city.work()
    publish(city)
    return dead_id


def places(walled: WalledCity, dead_id: str) -> list[Asked]:
    """Every place in the depth, by its own number."""
    city, task = walled.city, walled.city.task_of(0)
    found: list[Asked] = []
    for row in some(city.rows(resource), lambda one: one.resource_type):
        name = f"/fhir/{row.resource_type}/{row.resource_id}"
        found += [("GET", there, {}) for there in (name, f"{name}/_history", f"{name}/_history/1")]
        found.append(("GET", f"/fhir/Provenance?target={row.resource_type}/{row.resource_id}", {}))
        if row.resource_type == "Patient":
            found.append(("GET", f"{name}/$everything", {}))
    for kind in {row.resource_type for row in city.rows(resource)}:
        found.append(("POST", f"/fhir/{kind}/_search", {"data": {"_count": "100"}}))
    for row in city.rows(door_task):
        found += [("GET", f"{way}/front-door/tasks/{row.task_id}", {}) for way in ("", "/api")]
    for row in some(city.rows(message), lambda one: one.feed):
        found += [("GET", f"{way}/operations/messages/{row.message_id}", {}) for way in ("", "/api")]
    found += [
        ("GET", f"/operations/dead-letters/{dead_id}", {}),
        ("GET", "/api/operations/messages?find=T0009", {}),
        ("GET", "/operations/replays/new?consumer=translator", {}),
        ("POST", "/api/operations/replays", {"json": {"consumer": "translator"}}),
    ]
    assert city.rows(opening), "somebody was opened without a relationship"
    found += [("GET", f"/night/{row.matter_id}", {}) for row in city.rows(urgent_matter)]
    number = {"json": {"nhs_number": "9993000116"}}
    found += [
        ("POST", "/api/persons/search", number),
        ("POST", "/api/persons/search", {"json": {"nhs_number": "9993000019"}}),
        ("POST", "/people", {"data": {"number": "9993000116"}}),
        ("POST", "/people", {"data": {"name": "NUMBAT", "born": "1941-03-14"}}),
        ("GET", "/people", {}),
        ("POST", "/worklist/find", {"data": {"name": "NUMBAT"}}),
        ("POST", "/worklist/csv", {"data": WHY}),
        ("POST", "/check-by-phone/csv", {"data": WHY}),
        ("POST", "/front-door/waits/csv", {"data": WHY | {"what": "people"}}),
        ("POST", "/reports/csv", {"data": WHY | {"what": "discharged"}}),
        ("GET", "/audit", {}),
        ("GET", f"/api/persons/{task.person_id}", {}),
        ("GET", "/worklist/handover", {}),
        ("GET", "/api/openings", {}),
        ("GET", "/opened-without-relationship", {}),
    ]
    return found


def some(rows: Sequence[Any], kind: Callable[[Any], str]) -> list[Any]:
    """The first of each kind and the last: what is in one is in the others."""
    first = {kind(row): row for row in reversed(rows)}
    last = {kind(row): row for row in rows}
    return list(dict.fromkeys([*first.values(), *last.values()]))


def look(someone: Someone, asked: Asked) -> tuple[int, str]:
    """What an address answers."""
    method, there, what = asked
    answer = someone.request(method, there, **what)
    return answer.status_code, answer.text


def test_in_the_depth_everything_is_what_it_was_and_says_no_word(walled: WalledCity) -> None:
    dead_id = furnish(walled)
    asked = places(walled, dead_id)
    programs = {role: program(walled, role) for role in ROLES}
    before = {
        (role, number): seen
        for role, someone in programs.items()
        for number, one in enumerate(asked)
        if (seen := look(someone, one))[0] not in {403, 404}
    }
    kinds = {there.split("/")[1] for _, there, _ in asked}
    reached = {asked[number][1].split("/")[1] for (_, number), (status, _) in before.items() if status == 200}
    assert kinds - reached == set(), "there is something to be found in each kind of place"
    asyncio.run(put_canaries(walled))
    changed, heard = [], []
    for (role, number), (status, text) in before.items():
        now = look(programs[role], asked[number])
        if asked[number][1] != "/audit" and now != (status, text):
            changed.append((role, asked[number][:2]))
        heard += [(role, asked[number][:2], word) for word in CANARIES if word in now[1].upper()]
    assert (changed, heard) == ([], [])
