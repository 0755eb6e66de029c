"""Sessions, form tokens and bearer tokens: who is asking, and what is refused."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations import tokens
from ascbridge.operations.scopes import scopes_of
from ascbridge.sign_in_sections import SignInSettings
from ascbridge.web import visitors
from ascbridge.web.visitors import AnyRole, Needs
from tests.web.conftest import Someone, token
from tests.web.test_app import filled, paths

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City


def claim_path(city: City) -> str:
    return f"/tasks/{city.task_of(0).task_id}/claim"


def form(city: City, **more: Any) -> dict[str, Any]:
    row = city.task_of(0)
    return {"version": row.desk_version, "revision": row.revision, **more}


def test_a_change_without_the_form_token_or_with_another_sessions_is_refused(
    city: City, app: FastAPI, somebody: Callable[..., Someone]
) -> None:
    mine, other = somebody("discharge-team"), somebody("discharge-team", "Ola Green")
    theirs = token(other.get("/people").text)
    for fields in (form(city), form(city, form_token=""), form(city, form_token=theirs)):
        answer = mine.post(claim_path(city), data=fields)
        assert answer.status_code == 403
        assert "nothing was done" in answer.text
    assert city.task_of(0).claimed_by == ""
    own = token(mine.get("/people").text)
    assert mine.post(claim_path(city), data=form(city, form_token=own)).status_code == 303
    assert city.task_of(0).claimed_by == "Nia Brown"


def test_the_form_token_may_come_in_a_header_for_json(city: City, somebody: Callable[..., Someone]) -> None:
    mine = somebody("discharge-team")
    path, body = f"/api/tasks/{city.task_of(0).task_id}/claim", {"version": 0}
    assert mine.post(path, json=body).status_code == 403
    own = token(mine.get("/people").text)
    assert mine.post(path, json=body, headers={"X-Form-Token": own}).status_code == 200


def test_signing_in_and_changing_role_make_a_new_form_token(app: FastAPI) -> None:
    someone = Someone(app).sign_in("discharge-team")
    first = token(someone.get("/people").text)
    someone.fill("/sign-in/role", role="locality-team", name="Nia Brown")
    second = token(someone.get("/sign-in/role").text)
    someone.sign_in("discharge-team")
    assert len({first, second, token(someone.get("/people").text)}) == 3


def test_a_planted_session_gains_nothing_from_a_later_sign_in(app: FastAPI) -> None:
    victim = Someone(app)
    victim.sign_in("auditor", "Mallory")
    planted = victim.cookies["ascbridge"]
    victim.sign_in("discharge-team")
    assert victim.cookies["ascbridge"] != planted
    attacker = Someone(app, cookies={"ascbridge": planted})
    assert attacker.get("/people").status_code in {303, 200}
    assert "Community Discharge Team" not in attacker.get("/people").text


def test_a_forged_cookie_is_nobody(app: FastAPI) -> None:
    cookie = Someone(app).sign_in("discharge-team").cookies["ascbridge"]
    body, _, rest = cookie.partition(".")
    for forged in (body, f"{body}.x.y", f"{body[:-4]}AAAA.{rest}", "null", ""):
        assert Someone(app, cookies={"ascbridge": forged}).get("/worklist").status_code == 303


def test_the_cookie_is_for_this_site_and_not_for_scripts(app: FastAPI) -> None:
    someone = Someone(app)
    from tests.web.city import CODE

    header = someone.get(f"/sign-in?code={CODE}").headers["set-cookie"].lower()
    assert "httponly" in header
    assert "samesite=lax" in header
    assert "secure" not in header  # plain HTTP on loopback; test_app has the other case


def test_a_sign_in_ends_after_a_long_shift(
    app: FastAPI, somebody: Callable[..., Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = somebody("discharge-team")
    assert someone.get("/worklist").status_code == 200
    later = time.time() + visitors.SESSION_S + 1
    monkeypatch.setattr(visitors.time, "time", lambda: later)
    answer = someone.get("/worklist")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?why=ended")


def test_a_live_page_whose_session_ended_is_told_so(app: FastAPI) -> None:
    assert Someone(app).get("/worklist", headers={"X-Mark": "x"}).status_code == 401


def test_a_bearer_token_works_only_where_its_minting_stands_in_the_audit(city: City, app: FastAPI) -> None:
    text, slip = tokens.mint(city.keyring, "it-operations", "script")
    someone = Someone(app, headers={"Authorization": f"Bearer {text}"})
    answer = someone.get("/api/operations/feeds")
    assert answer.status_code == 401
    assert "not written down" in answer.json()["detail"]
    tokens.leave_slip(city.folder, slip)
    assert someone.get("/api/operations/feeds").status_code == 200
    assert someone.get("/api/tasks").status_code == 403


def test_a_token_with_scopes_opens_the_fhir_interface_and_no_other_door(app: FastAPI, city: City) -> None:
    text, slip = tokens.mint(city.keyring, "integration", "partner", scopes=scopes_of(["system/*.rs"]))
    tokens.leave_slip(city.folder, slip)
    partner = Someone(app, headers={"Authorization": f"Bearer {text}"})
    doors = {
        (method, path): partner.request(method, filled(path, city)).status_code
        for method, path, rule in paths(app)
        if isinstance(rule, Needs | AnyRole) and method != "HEAD"
    }
    assert {path.split("/")[1] for (_, path), status in doors.items() if status != 403} == {"fhir"}
    assert doors["GET", "/fhir/metadata"] == 200
    assert doors["GET", "/fhir/{resource_type}"] == 200


def test_a_token_of_another_bridge_is_refused(app: FastAPI, city: City) -> None:
    from ascbridge.events.logs.sealing import Keyring

    text, slip = tokens.mint(Keyring(bytes(32)), "it-operations", "script")
    tokens.leave_slip(city.folder, slip)
    answer = Someone(app, headers={"Authorization": f"bearer {text}"}).get("/api/operations/feeds")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


def test_only_the_newest_reasons_are_kept(somebody: Callable[..., Someone]) -> None:
    someone = somebody("locality-team")
    for number in range(30):
        someone.say_why(f"n{number}")
    assert len(someone.cookies["ascbridge"]) < 4000


def test_a_sign_in_keeps_its_own_name_whatever_its_visitor_is_called() -> None:
    sign_in = SignInSettings()
    here = SimpleNamespace(
        state=SimpleNamespace(parts=SimpleNamespace(settings=SimpleNamespace(sign_in=sign_in)))
    )
    one, other, known = (SimpleNamespace(session={}, app=here) for _ in range(3))
    for request in (one, other):
        visitors.begin_session(request, "", ("auditor",))  # type: ignore[arg-type]  # all that is asked of it
    first = one.session["sign_in"]
    visitors.choose_role(one, "auditor", "Somebody Else")  # type: ignore[arg-type]  # as above
    assert one.session["sign_in"] == first != other.session["sign_in"]
    visitors.begin_session(known, "Nia Brown", ("auditor",), "u1")  # type: ignore[arg-type]  # as above
    assert known.session["sign_in"] == "person:u1"
    visitor = visitors._from_session(known)  # type: ignore[arg-type]  # as above
    assert visitor is not None
    assert (visitor.employer, visitor.organisation) == ("council", "")
    for wrong in ({"sign_in": ""}, {"organisation": "Elsewhere"}, {"organisation": "agency"}):
        broken = SimpleNamespace(session={**known.session, **wrong}, app=here)
        assert visitors._from_session(broken) is None, wrong  # type: ignore[arg-type]  # as above
