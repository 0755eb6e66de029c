"""The one-time link, the choice of role, and signing in with an identity provider."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from ascbridge.operations import audit_search
from ascbridge.web.app import create_app
from ascbridge.web.auth import OneTimeCode
from tests.web.city import CODE, City
from tests.web.conftest import HERE, Someone, token

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_a_one_time_code_is_good_once_and_a_wrong_guess_does_not_use_it_up() -> None:
    code = OneTimeCode("right")
    assert not code.use("wrong")
    assert not code.use("")
    assert code.use("right")
    assert not code.use("right")
    assert not OneTimeCode("").use("")


def test_the_link_opens_once(app: FastAPI) -> None:
    first, second = Someone(app), Someone(app)
    assert first.get(f"/sign-in?code={CODE}").headers["location"] == "/sign-in/role"
    answer = second.get(f"/sign-in?code={CODE}")
    assert answer.status_code == 403
    assert "has been used" in answer.text
    assert second.get("/sign-in/role").status_code == 303


def test_the_link_does_not_open_from_another_machine(app: FastAPI) -> None:
    elsewhere = TestClient(app, base_url=HERE, client=("192.0.2.7", 4000), follow_redirects=False)
    assert elsewhere.get(f"/sign-in?code={CODE}", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 200
    assert elsewhere.get("/sign-in/role").status_code == 303
    assert Someone(app).get(f"/sign-in?code={CODE}").status_code == 303


def test_nothing_opens_between_the_link_and_the_choice_of_role(app: FastAPI) -> None:
    someone = Someone(app)
    someone.get(f"/sign-in?code={CODE}")
    for path in ("/", "/worklist", "/people", "/operations", "/audit", "/api/tasks", "/live"):
        assert someone.get(path).status_code in {303, 401}, path


def test_a_role_and_a_name_must_be_given(app: FastAPI) -> None:
    someone = Someone(app)
    someone.get(f"/sign-in?code={CODE}")
    answer = someone.fill("/sign-in/role", role="", name="  ")
    assert answer.status_code == 422
    assert "Enter your name" in answer.text
    assert "Choose the role you work in" in answer.text
    assert someone.fill("/sign-in/role", role="integration", name="Nia").status_code == 422
    assert someone.fill("/sign-in/role", role="auditor", name="Nia  Brown ").status_code == 303
    assert "Nia Brown, Auditor" in someone.get("/audit").text


def test_signing_in_and_out_are_written_down(app: FastAPI, city: City) -> None:
    someone = Someone(app).sign_in("discharge-team")
    assert (
        someone.post("/sign-out", data={"form_token": token(someone.get("/people").text)}).status_code == 303
    )
    assert someone.get("/worklist").status_code == 303
    entries = city.bridge.read_now(audit_search.entries)
    assert [(one.who, one.role, one.what) for one in entries] == [
        ("Nia Brown", "discharge-team", "signed out"),
        ("Nia Brown", "discharge-team", "signed in"),
    ]


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
    thread.join(10)


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
