"""Signing in with an identity provider: a real one on a real port, what it is believed in, and what not."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import patient
from ascbridge.web.app import create_app
from tests.web.city import CODE, City
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class IdentityProvider:
    """A real one on a real port: discovery, keys, authorization code with PKCE, signed id tokens."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "k1", "use": "sig", "alg": "RS256"})
        self.signing_key = self.key
        self.claims: dict[str, Any] = {"sub": "u1", "name": "Ola Green", "roles": ["discharge-team"]}
        self.asked: dict[str, Any] = {}
        self.app = FastAPI()
        self.issuer = ""
        self._routes()

    def _routes(self) -> None:
        @self.app.get("/.well-known/openid-configuration")
        async def discovery() -> dict[str, Any]:
            return {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
                    "id_token_signing_alg_values_supported": ["RS256"]}  # fmt: skip

        @self.app.get("/keys")
        async def keys() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        @self.app.get("/authorize")
        async def authorize(request: Request) -> RedirectResponse:
            self.asked = dict(request.query_params)
            back = f"{self.asked['redirect_uri']}?code=abc&state={self.asked['state']}"
            return RedirectResponse(back, 303)

        @self.app.post("/token")
        async def give(request: Request) -> JSONResponse:
            form = await request.form()
            now = int(time.time())
            claims = {"iss": self.issuer, "aud": "ascbridge", "iat": now, "exp": now + 60,
                      "nonce": self.asked.get("nonce"), **self.claims}  # fmt: skip
            header = {"alg": "RS256", "kid": "k1"}
            id_token = jwt.encode(header, claims, self.signing_key)
            ok = bool(form.get("code_verifier"))
            body = {"access_token": "x", "token_type": "Bearer", "id_token": id_token}
            return JSONResponse(body if ok else {"error": "invalid_grant"}, 200 if ok else 400)


@pytest.fixture(scope="module")
def running_provider() -> Iterator[IdentityProvider]:
    made = IdentityProvider()
    server = uvicorn.Server(uvicorn.Config(made.app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive()
    made.issuer = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield made
    server.should_exit = True
    thread.join(60)


@pytest.fixture
def provider(running_provider: IdentityProvider) -> IdentityProvider:
    running_provider.claims = {"sub": "u1", "name": "Ola Green", "roles": ["discharge-team"]}
    running_provider.signing_key = running_provider.key
    return running_provider


@pytest.fixture
def signing_in(provider: IdentityProvider, tmp_path: Path) -> Iterator[Someone]:
    made = City(tmp_path, sign_in={"issuer": provider.issuer, "client_id": "ascbridge"})
    yield Someone(create_app(made.parts()))
    made.close()


def go_round(someone: Someone, provider: IdentityProvider) -> Any:
    """Follow the browser to the provider and back."""
    there = someone.get("/sign-in/start").headers["location"]
    asked = parse_qs(urlsplit(there).query)
    provider.asked = {name: values[0] for name, values in asked.items()}
    assert provider.asked["code_challenge_method"] == "S256"
    return someone.get("/sign-in/back", params={"code": "abc", "state": provider.asked["state"]})


def test_somebody_with_one_role_is_signed_in_with_it(provider: IdentityProvider, signing_in: Someone) -> None:
    answer = go_round(signing_in, provider)
    assert answer.headers["location"] == "/"
    assert "Ola Green, Community Discharge Team" in signing_in.get("/worklist").text
    assert "Change role" not in signing_in.get("/worklist").text


def test_somebody_with_several_roles_chooses_among_those(
    provider: IdentityProvider, signing_in: Someone
) -> None:
    provider.claims["roles"] = ["auditor", "discharge-team", "integration", "king"]
    assert go_round(signing_in, provider).headers["location"] == "/sign-in/role"
    page = signing_in.get("/sign-in/role").text
    assert "Your name" not in page
    assert 'value="safeguarding"' not in page
    assert signing_in.fill("/sign-in/role", role="safeguarding").status_code == 422
    assert signing_in.fill("/sign-in/role", role="auditor", name="Somebody else").status_code == 303
    assert "Ola Green, Auditor" in signing_in.get("/audit").text


def test_somebody_without_a_role_here_stays_outside(provider: IdentityProvider, signing_in: Someone) -> None:
    provider.claims["roles"] = "visitor"
    assert go_round(signing_in, provider).headers["location"] == "/sign-in?why=no-role"
    assert signing_in.get("/sign-in?why=no-role").status_code == 403
    assert signing_in.get("/worklist").status_code == 303


def test_somebody_of_an_organisation_that_nobody_knows_stays_outside(
    provider: IdentityProvider, signing_in: Someone
) -> None:
    for said in ("Elsewhere", ["council", "agency"], " ", 7):
        provider.claims["organisation"] = said
        assert go_round(signing_in, provider).headers["location"] == "/sign-in?why=no-organisation", said
    assert "has no access here" in signing_in.get("/sign-in?why=no-organisation").text
    assert signing_in.get("/worklist").status_code == 303


def test_of_their_roles_somebody_has_those_that_are_held_at_their_organisation(
    provider: IdentityProvider, signing_in: Someone
) -> None:
    provider.claims |= {"roles": ["auditor", "discharge-team"], "organisation": ["agency"]}
    assert go_round(signing_in, provider).headers["location"] == "/"
    page = signing_in.get("/worklist").text
    assert "Community Discharge Team" in page
    assert "Take this list away" not in page
    assert signing_in.get("/worklist/csv").status_code == 403
    assert signing_in.post("/reports/csv").status_code == 403
    entries = signing_in.app.state.parts.database.read_now(audit_search.entries)  # type: ignore[attr-defined]  # as above
    assert {one.where_from for one in entries} == {"session 127.0.0.1, agency"}
    provider.claims["roles"] = ["auditor"]
    assert go_round(signing_in, provider).headers["location"] == "/sign-in?why=no-role"


def test_an_answer_that_we_did_not_ask_for_or_that_another_signed_is_refused(
    provider: IdentityProvider, signing_in: Someone
) -> None:
    answer = signing_in.get("/sign-in/back?code=abc&state=planted")
    assert answer.headers["location"] == "/sign-in?why=refused"
    provider.signing_key = RSAKey.generate_key(2048, parameters={"kid": "k1"})
    assert go_round(signing_in, provider).headers["location"] == "/sign-in?why=refused"
    assert signing_in.get("/worklist").status_code == 303


def test_with_a_provider_there_is_no_link(signing_in: Someone) -> None:
    answer = signing_in.get(f"/sign-in?code={CODE}")
    assert answer.status_code == 200
    assert "Sign in with your work account" in answer.text
    assert signing_in.get("/sign-in/role").status_code == 303


def test_without_a_provider_its_addresses_are_not_there(app: FastAPI) -> None:
    assert Someone(app).get("/sign-in/start").status_code == 404
    assert Someone(app).get("/sign-in/back").status_code == 404


def test_a_provider_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    city = City(tmp_path, sign_in={"issuer": "http://127.0.0.1:9", "client_id": "x"})
    answer = Someone(create_app(city.parts())).get("/sign-in/start")
    assert answer.status_code == 503
    assert "cannot be reached" in answer.text
    city.close()


def test_whom_the_provider_calls_one_person_is_no_second_person_under_another_name(
    provider: IdentityProvider, signing_in: Someone
) -> None:
    bridge = signing_in.app.state.parts.database  # type: ignore[attr-defined]  # our own application
    row = {"patient_key": "p1", "person_id": "n1", "restricted": 1, "first_ms": 1, "changed_ms": 1}
    bridge.write_now(lambda c: c.execute(patient.insert().values(**row)))

    def sign_in(sub: str, name: str) -> None:
        provider.claims |= {"sub": sub, "name": name, "roles": ["information-governance"]}
        assert go_round(signing_in, provider).headers["location"] == "/"
        signing_in.say_why()

    sign_in("u1", "Anne Hall")
    asked = signing_in.fill("/settle/people/n1/lift", "/settle/people/n1", why="lifted")
    path = asked.headers["location"].split("?")[0]
    sign_in("u1", "Anne Hall-Moss")
    assert signing_in.fill(f"{path}/approve", path).status_code == 409
    sign_in("u2", "Anne Hall")
    assert signing_in.fill(f"{path}/approve", path).status_code == 409
    sign_in("u2", "Ben Shah")
    assert signing_in.fill(f"{path}/approve", path).status_code == 303
