"""Every page and every answer, with all that it can be asked, on PostgreSQL, where something stands behind each.

Most tests of pages ask SQLite, which takes statements that PostgreSQL refuses. What is shown they judge; here it is
enough that every route answers, and that it has something to answer with.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import pytest
from fastapi.routing import iter_route_contexts

from ascbridge.access import ROLES
from ascbridge.discharge.lists import worklist
from ascbridge.frontdoor.front_list import DOOR_VIEWS
from ascbridge.operations.finding.find_messages import STATES
from ascbridge.record import search
from ascbridge.safeguarding.wall_slot import WallSlot
from ascbridge.web.app import create_app
from ascbridge.web.safeguarding import safeguarding_acts
from tests.operations.two_systems import NEW
from tests.safeguarding.behind import Behind, said, vault_on
from tests.web import on_postgres
from tests.web.conftest import Someone
from tests.web.everything import act_on_pages, change_systems, fill, ids, publish
from tests.web.on_postgres import PostgresCity, PostgresTwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

pytestmark = pytest.mark.postgres
ENDLESS = {"/live", "/live/safeguarding"}
ONLY_REFUSED = {
    "/sign-in/start",  # nobody signs in elsewhere here
    "/sign-in/back",
    "/in-context/{code}",  # not of our making
    "/fhir/{path:path}",  # whatever is no resource
}
"""Routes of which the sweep can have no more than a refusal."""
TRIED: dict[str, tuple[str, ...]] = {
    "view": (*worklist.VIEWS, *DOOR_VIEWS, "dropped", "to-tell", "blocking", "to-decide", "enquiries", "closed"),
    "team": ("Duty Team", "Brokerage Team"), "feed": ("itk-v24", NEW), "state": (*STATES, "open", "mended"),
    "since": ("2026-01-01T10:00",), "until": ("2027-01-01T10:00",), "day": ("2026-10-18",), "find": ("T0001",),
    "start": ("1", "2026-01-01T10:00"), "compare": ("now",), "verdict": ("differs", "agree", "missing", "extra"),
    "word": ("review",), "trigger": ("A01",), "consumer": ("translator", "record"), "words": ("PID-3",),
    "kind": ("code", "task", "record", "equipment"), "put_right": ("too",), "over": ("true",), "months": ("1", "36"),
    "act": ("try-now",), "purpose": ("Direct care",),
}  # fmt: skip
"""What a parameter is given; any other text is *x*, any other number 1."""
WHOLE = {
    "/operations/confirm": "?act=try-now&consumer=translator&cause=unreadable",
    "/worklist/together": "?act=claim&chosen={task_id}.1.1",
    "/fhir/Provenance": "?target=Patient/{resource_id}",
}
"""What answers to a whole question only."""
ALSO = (
    "/worklist?team=Brokerage Team&ward=W1&locality=-&pathway=1&stage=new&who=x&leaves=2026-10-19",
    *(f"/worklist?view={view}" for view in worklist.VIEWS),
    "/worklist?view=dropped",
    "/operations/read-again?consumer=record&start=2026-01-01T10:00",
    "/people/{person_id}/from/stay-{spell}",
    "/operations/find?person={person_id}",
    "/operations/find?stay={spell}",
    "/operations/find?q={message_id}",
    "/operations/find?q={task_id}",
    "/operations/shadows/next?kind=task&cause=d2a",
    "/settle/people/{person_id}",
    "/audit?whom={person_id}",
    "/fhir/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9993000019",
)
"""What pages are asked beyond one parameter at a time, or read from the address by themselves."""
SEARCHED = {"patient": "Patient/x", "encounter": "Encounter/x", "identifier": "https://fhir.nhs.uk/Id/nhs-number|9993000019",
            "status": "requested", "category": "x", "type": "x", "_id": "x"}  # fmt: skip
"""What the shared record is searched by; any other parameter is a day."""

Asked = list[tuple[str, Any]]


def gets(app: FastAPI) -> Iterator[tuple[str, Asked]]:
    """Every route that answers to GET, and what it may be asked with."""
    for context in iter_route_contexts(app.routes):
        if "GET" in (context.methods or ()) and context.path not in ENDLESS:
            asked = context.dependant.query_params
            yield str(context.path), [(one.name, one.field_info.annotation) for one in asked]


def values_of(name: str, kind: Any) -> tuple[str, ...]:
    """Return what a parameter is given."""
    literals = [one for one in (kind, *get_args(kind)) if get_origin(one) is Literal]
    choices = tuple(choice for one in literals for choice in get_args(one))
    return choices or TRIED.get(name) or (("1",) if "int" in str(kind) else ("x",))


def placed(path: str, values: dict[str, str]) -> str:
    """The address with what is there in each of its places."""
    own = {
        "/tasks/{task_id}/joining": {"task_id": values.get("entered_id", "none")},
        "/operations/shadows": {"name": "next"},
        "/api/operations/shadows": {"name": "next"},
        "/front-door/tasks": {"task_id": values.get("door_id", "none"), "act": "note"},
        "/api/front-door/tasks": {"task_id": values.get("door_id", "none")},
        "/settle/pairs": {"patient_key": values.get("alike_key", "none")},
        "/fhir/Provenance": {"resource_id": f"Patient.{values.get('resource_id')}"},
    }
    here = values | next((more for begin, more in own.items() if path.startswith(begin)), {})
    return re.sub(r"\{(\w+)(:path)?\}", lambda found: here.get(found[1], "none"), path)


def sweep(app: FastAPI, values: dict[str, str], under: str = "/") -> list[str]:
    """Ask everything as every role; return the routes that gave nothing to anybody."""
    everybody = [Someone(app).sign_in(role) for role in ROLES if role not in {"integration", "hospital"}]
    for someone in everybody:
        someone.say_why()
        someone.say_why(values["person_id"])
    silent = []
    for path, asked in gets(app):
        if not path.removeprefix("/api").startswith(under):
            continue
        plain = placed(path, values)
        whole = plain + placed(WHOLE.get(path, ""), values)
        ways = [f"{plain}?{name}={value}" for name, kind in asked for value in values_of(name, kind)]
        given = [look(someone, whole) for someone in everybody]
        first = next(
            (one for one, status in zip(everybody, given, strict=True) if status != 403), everybody[0]
        )
        given += [look(first, way) for way in ways]
        if min(given) >= 400:
            silent.append(path)
    for path in ALSO if under == "/" else ():
        assert min(look(someone, placed(path, values)) for someone in everybody) < 400, path
    return silent


def look(someone: Someone, address: str) -> int:
    status: int = someone.get(address).status_code
    assert status < 500, address
    return status


def test_every_route_of_a_city(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safeguarding_acts, "EVENLY_S", 0.0)
    city = PostgresCity(tmp_path, postgres_url)
    walled = on_postgres.walled(postgres_url)
    try:
        fill(city)
        behind = Behind(vault_on(walled, city.clock), walled.write_now)
        reference = behind.take(said())
        app = create_app(city.parts(vault=behind.vault, behind_wall=WallSlot(behind.vault)))
        left = act_on_pages(app, city)
        asyncio.run(publish(city))
        concern = {"reference": reference, "concern_id": behind.stood(reference).said.concern}
        silent = sweep(app, ids(city) | left | concern | {"path": "ascbridge.css"})
        assert {path for path in silent if "/cutover/" not in path} == ONLY_REFUSED
        search_everything(Someone(app).sign_in("discharge-team"))
        find_people_and_messages(app)
    finally:
        walled.end()
        city.close()


def search_everything(nurse: Someone) -> None:
    """The shared record, by each parameter of each of its types."""
    for of, names in search.PARAMETERS.items():
        for name in names:
            assert look(nurse, f"/fhir/{of}?{name}={SEARCHED.get(name, 'ge2026-03-03')}") == 200, (of, name)


def find_people_and_messages(app: FastAPI) -> None:
    """What is looked for by forms, which no address holds."""
    nurse, ola, anne = (
        Someone(app).sign_in(role) for role in ("discharge-team", "it-operations", "information-governance")
    )
    anne.say_why()
    nurse.say_why()
    mary = {"name": "evans", "born": "1941-03-14", "postcode": "CV1 1EX"}
    given = [
        nurse.fill("/people", number="999 300 0019"),
        nurse.fill("/people", number="", authority="RKB", local_id="L100"),
        nurse.fill("/people", **mary),
        nurse.fill("/people", name="evans", postcode="CV1 1EX"),
        nurse.fill("/worklist/find", "/worklist", name="evans"),
        nurse.fill("/worklist/csv", what="open", why="Managing the work of our team"),
        nurse.fill("/worklist/csv", what="closed", why="Managing the work of our team"),
        ola.fill("/operations/find", nhs_number="999 300 0019", local_id="L100", visit="V100", why="the ward rang"),
        ola.fill("/operations/no-task", nhs_number="999 300 0019", why="the ward rang"),
        Someone(app).sign_in("safeguarding").fill("/safeguarding/find", "/safeguarding", q="9993000019"),
    ]  # fmt: skip
    assert max(answer.status_code for answer in given) < 500
    assert [answer.status_code for answer in given if answer.status_code < 400] != []


def test_every_route_of_the_cut_over(tmp_path: Path, postgres_url: str) -> None:
    two = PostgresTwoSystems(tmp_path, postgres_url)
    try:
        change_systems(two)
        app = create_app(two.parts())
        page = Someone(app).sign_in("it-operations").get("/operations/cutover/corrections").text
        (to_hear,) = {*re.findall(r"/cutover/corrections/([^/]+)/([^\"?]+)\"", page)}
        values = ids(two) | dict(zip(("message_id", "event_type"), to_hear, strict=True))
        assert sweep(app, values, under="/operations/cutover") == []
    finally:
        two.close()
