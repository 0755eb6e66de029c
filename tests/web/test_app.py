"""Every route has a rule, every rule is held to for every role, and nothing personal shows where it may not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI

from ascbridge.access import ORGANISATIONS, ROLES, Access, holds, may
from ascbridge.operations import tokens
from ascbridge.web import app as app_module
from ascbridge.web import health
from ascbridge.web.app import RouteWithoutRule, create_app
from ascbridge.web.visitors import AnyRole, Everyone, Loopback, Needs, Visitor, rules
from tests.web.conftest import HERE, Someone
from tests.web.nights import matter_once
from tests.web.operations.shadow_once import shadow_once
from tests.web.splitting import split_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City

# What only full access to a person may show: family names, a date, numbers, an address, a telephone, a worker, a note.
CANARIES = ("EVANS", "HOLLOWAY", "ADEYEMI", "14 Mar 1941", "1941-03-14", "999 300 0019", "9993000019", "INVENTED ROW",
            "CV99 1ZZ", "02470000000", "Amina", "key safe", "V100")  # fmt: skip
WHEREABOUTS = ("W40", "BAY 9", "BED 9")


def paths(app: FastAPI) -> list[tuple[str, str, Any]]:
    return [(method, path, found[0]) for path, methods, found in rules(app) for method in sorted(methods)]


def filled(path: str, city: City) -> str:
    row = city.task_of(0)
    values = {"task_id": row.task_id, "sub_id": split_once(city, "transport"), "act": "note", "spell": row.spell_key, "person_id": row.person_id,
              "dead_id": "01a14cd8-3440-8535-a915-ed385489bde7", "event_id": "01a14cd8-3440-8535-a915-ed385489bde7",
              "mending_id": "none", "hold_id": "none", "message_id": "01a14cd8-3440-8535-a915-ed385489bde7",
              "resource_type": "Patient", "resource_id": "n1", "path": "x",
              "patient_key": row.patient_key, "other_key": row.patient_key, "request_id": "none", "consumer": "none", "kind": "teams",
              "thing": "who", "name": "itk-v24", "code": "none",
              "version": "2", "number": "1", "feed": "itk-v24", "once": "none", "run_id": "none", "id": "none-of-these-entries", "word": "review", "concern_id": "c0", "opening_id": "o0", "matter_id": matter_once(city), "reference": "SG-22222222", "event_type": "care.review-stated.v1"}  # fmt: skip
    return re.sub(r"\{(\w+)(:path)?\}", lambda found: values[found[1]], path)


def test_every_route_has_exactly_one_rule(app: FastAPI) -> None:
    for path, methods, found in rules(app):
        assert len(found) == 1, f"{methods} {path}: {found}"


def test_an_app_with_a_route_without_a_rule_does_not_start(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = APIRouter()

    @careless.get("/careless")
    async def careless_page() -> str:
        return "open to all"

    monkeypatch.setattr(app_module, "_ROUTERS", (careless,))
    with pytest.raises(RouteWithoutRule, match="/careless"):
        create_app(city.parts())


def test_without_sign_in_only_sign_in_health_and_metrics_answer(app: FastAPI, city: City) -> None:
    nobody = Someone(app)
    for method, path, rule in paths(app):
        answer = nobody.request(method, filled(path, city))
        if isinstance(rule, Everyone):
            assert path.startswith(("/sign-in", "/in-context/", "/health/", "/static/")), path
        elif isinstance(rule, Loopback):
            assert path == "/metrics"
        elif path.startswith(("/api/", "/fhir", "/live")) and path != "/api/docs":
            assert answer.status_code == 401, (method, path)
        else:
            assert answer.status_code == 303, (method, path)
            assert answer.headers["location"] == "/sign-in"
        assert not [word for word in CANARIES if word in answer.text]


def test_metrics_answer_on_loopback_only(app: FastAPI) -> None:
    from fastapi.testclient import TestClient

    assert Someone(app).get("/metrics").status_code == 200
    elsewhere = TestClient(app, base_url=HERE, client=("192.0.2.7", 4000))
    assert elsewhere.get("/metrics").status_code == 404
    assert elsewhere.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404


def bearer(app: FastAPI, city: City, organisation: str, role: Any) -> Someone:
    facility = "RKB" if role == "hospital" else ""
    text, slip = tokens.mint(
        city.keyring, role, "Nia Brown", "test", facility=facility, organisation=organisation
    )
    tokens.leave_slip(city.folder, slip)
    return Someone(app, headers={"Authorization": f"Bearer {text}", "X-Purpose": "test"})


@pytest.mark.parametrize(
    "organisation, role", [(at, role) for at in ORGANISATIONS for role in ROLES if holds(at, role)]
)
def test_each_role_at_each_organisation_reaches_what_the_table_grants_and_nothing_else(
    organisation: str, role: Any, app: FastAPI, city: City
) -> None:
    someone = bearer(app, city, organisation, role)
    for method, path, rule in paths(app):
        if not isinstance(rule, Needs) or method not in {"GET", "POST"}:
            continue
        answer = someone.request(method, filled(path, city))
        if path.startswith("/fhir/") and may(organisation, role, "own-tasks"):
            continue  # tasks of its own sites and nothing else: test_trusts_own_tasks
        access = may(organisation, role, rule.section)
        enough = access is Access.full if rule.least is Access.full else bool(access)
        enough = enough and (rule.also is None or bool(may(organisation, role, rule.also)))
        assert (answer.status_code == 403) == (not enough), (method, path, access, answer.status_code)


def test_a_role_that_is_not_held_at_an_organisation_opens_nothing_there(app: FastAPI, city: City) -> None:
    nowhere = [(at, role) for at in (*ORGANISATIONS, "Elsewhere") for role in ROLES if not holds(at, role)]
    asked = ("/worklist", "/people", "/audit", "/live", "/api/tasks", "/api/docs", "/fhir/Patient", "/fhir/metadata",
             "/api/concerns", f"/people/{city.task_of(0).person_id}", "/api/operations/feeds")  # fmt: skip
    assert len(nowhere) > len(ROLES)
    for organisation, role in nowhere:
        someone = bearer(app, city, organisation, role)
        for path in asked:
            answer = someone.get(path)
            page = not path.startswith(("/api/", "/fhir", "/live")) or path == "/api/docs"
            assert answer.status_code == (303 if page else 401), (organisation, role, path)
            assert answer.headers.get("location", "/sign-in") == "/sign-in"


@pytest.mark.parametrize("role", ["information-governance", "auditor", "it-operations"])
def test_roles_without_names_are_shown_none_anywhere(
    role: str, app: FastAPI, city: City, somebody: Callable[..., Someone]
) -> None:
    city.hear("A08", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L")
    desk = somebody("discharge-team")
    desk.fill(f"/tasks/{city.task_of(0).task_id}/note", text="The key safe works")
    shadow_once(city)
    someone = somebody(role)
    seen = 0
    for row in range(8):
        task = city.task_of(row)
        someone.say_why(task.person_id)
        for path in ("/worklist", "/worklist?view=paused", f"/tasks/{task.task_id}", f"/people/{task.person_id}",
                     "/people", "/operations", "/operations/flows", "/operations/shadows", "/operations/shadows/next", "/operations/find?q=T0009", "/operations/find?since=2026-01-01T10:00", "/audit", "/api/docs", "/settle",
                     *([f"/settle/people/{task.person_id}"] if role == "auditor" else [])):  # fmt: skip
            answer = someone.get(path)
            seen += answer.status_code == 200
            assert not [word for word in CANARIES if word in answer.text], path
    assert seen > 8
    trail = someone.get("/operations/find?q=T0009").headers["location"]
    assert not [word for word in CANARIES if word in someone.get(trail).text]


@pytest.mark.parametrize("role", ["discharge-team", "locality-team", "safeguarding", "auditor"])
def test_where_a_restricted_person_is_shows_nowhere(
    role: str, city: City, somebody: Callable[..., Someone]
) -> None:
    someone = somebody(role)
    task = next(
        row for row in city.rows(app_module_task()) if b"HOLLOWAY" not in row.body and _restricted(city, row)
    )
    worklist = someone.get("/worklist").text
    assert "Location not shown: restricted" in worklist
    for path in ("/worklist", f"/tasks/{task.task_id}", f"/people/{task.person_id}", f"/stays/{task.spell_key}/open",
                 f"/api/tasks/{task.task_id}?purpose=x", f"/api/persons/{task.person_id}?purpose=x"):  # fmt: skip
        answer = someone.get(path)
        assert not [word for word in WHEREABOUTS if word in answer.text], path
    page = someone.get(f"/people/{task.person_id}").text
    assert "Restricted person" in page
    assert "INVENTED ROW" not in page
    assert "Not shared" in page


def test_every_page_says_that_the_people_are_invented(city: City, somebody: Callable[..., Someone]) -> None:
    someone = somebody("discharge-team")
    row = city.task_of(0)
    for path in ("/sign-in", "/sign-in/role", "/worklist", f"/tasks/{row.task_id}", f"/people/{row.person_id}",
                 "/people", "/api/docs", "/no-such-page", f"/tasks/{row.task_id}/complete"):  # fmt: skip
        assert "Invented people." in someone.get(path).text, path


def test_every_page_of_somebody_signed_in_says_when_each_feed_last_spoke(
    city: City, somebody: Callable[..., Someone]
) -> None:
    someone = somebody("discharge-team")
    row = city.task_of(0)
    for path in ("/worklist", f"/tasks/{row.task_id}", f"/people/{row.person_id}", "/people"):
        page = someone.get(path).text
        assert "Hospital patient administration system: last spoke" in page, path
        assert "Adult social care case system: last spoke" in page, path


def test_another_sites_name_for_this_machine_is_not_answered(app: FastAPI) -> None:
    assert Someone(app).get("/sign-in", headers={"Host": "evil.example"}).status_code == 400


def test_a_rule_is_found_on_routes_of_included_routers() -> None:
    router = APIRouter(prefix="/x")

    @router.get("/y")
    async def page(_: Annotated[Visitor, Depends(AnyRole())]) -> str:
        return ""

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router)
    app.include_router(health.router)
    assert {path: type(found[0]) for path, _, found in rules(app)} == {
        "/x/y": AnyRole, "/health/live": Everyone, "/health/ready": Everyone, "/metrics": Loopback,
    }  # fmt: skip


def app_module_task() -> Any:
    from ascbridge.storage.tables import task

    return task


def _restricted(city: City, row: Any) -> bool:
    from ascbridge.people.membership import restricted

    return bool(city.bridge.read_now(lambda c: restricted(c, [row.patient_key])))
