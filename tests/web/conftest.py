"""A city of invented people, its pages, and somebody who is signed in to them."""

from __future__ import annotations

import re
import shutil
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from fastapi.testclient import TestClient

from ascbridge.web.app import create_app
from ascbridge.web.safeguarding import safeguarding_acts
from tests.web.city import CODE, City, people_the_city

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from tests.web.walled import WalledCity

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
HERE = "http://127.0.0.1"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every page wait for a comparison until it is made, however slow the machine."""
    monkeypatch.setattr("ascbridge.web.cutover.cutover_shown.PATIENCE_S", 120)


@pytest.fixture
def empty_city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a peopled city, made once; each test works on a copy."""
    folder = tmp_path_factory.mktemp("afternoon")
    made = City(folder)
    people_the_city(made)
    made.close()
    return folder


@pytest.fixture
def city(afternoon: Path, tmp_path: Path) -> Iterator[City]:
    folder = tmp_path / "city"
    shutil.copytree(afternoon, folder)
    made = City(folder)
    yield made
    made.close()


@pytest.fixture
def app(city: City) -> FastAPI:
    return create_app(city.parts())


class Someone(TestClient):
    """A browser without a screen: keeps its session, and sends the form token of the last page with a form."""

    def __init__(self, app: FastAPI, **more: Any) -> None:
        super().__init__(app, base_url=HERE, client=("127.0.0.1", 5000), follow_redirects=False, **more)

    def sign_in(self, role: str, name: str = "Nia Brown") -> Someone:
        self.app.state.one_time_code._code = CODE  # type: ignore[attr-defined]
        assert self.get(f"/sign-in?code={CODE}").status_code == 303
        page = self.get("/sign-in/role")
        answer = self.post("/sign-in/role", data={"form_token": token(page.text), "role": role, "name": name})
        assert answer.status_code == 303, answer.text
        return self

    def fill(self, path: str, at: str | None = None, /, **fields: Any) -> Any:
        """Send a form as the page at `at` (default: the same path) has it, hidden fields and all."""
        page = self.get(at or path)
        assert page.status_code == 200, page.text
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        return self.post(path, data={**dict(hidden), **fields})

    def say_why(self, about: str = "") -> None:
        """Say why one reads; about somebody, open them without a relationship where the role does that."""
        asks = f"/people/{about}/open"
        if about and self.get(asks).status_code == 200:
            self.fill(asks, reason="Direct care of this person", words="The ward rang")
            return
        self.fill("/reason", f"/reason?about={about}", reason="Direct care of this person", about=about)


def token(page: str) -> str:
    found = TOKEN.search(page)
    assert found, page
    return found.group(1)


@pytest.fixture
def somebody(app: FastAPI) -> Callable[..., Someone]:
    """Give a function that signs somebody in with a role."""

    def make(role: str, name: str = "Nia Brown") -> Someone:
        someone = Someone(app).sign_in(role, name)
        if role not in {"discharge-team", "front-door", "it-operations"}:
            someone.say_why()
        return someone

    return make


@dataclass
class Site:
    """The pages on a real port."""

    city: City
    app: FastAPI
    address: str
    server: uvicorn.Server

    def sign_in_address(self) -> str:
        self.app.state.one_time_code._code = CODE
        return f"{self.address}/sign-in?code={CODE}"


def serve(city: City) -> tuple[Site, threading.Thread]:
    return serve_app(city, create_app(city.parts()))


def serve_app(city: City, application: FastAPI) -> tuple[Site, threading.Thread]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(application, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive()
    return Site(city, application, f"http://127.0.0.1:{listening.getsockname()[1]}", server), thread


@contextmanager
def served(city: City) -> Iterator[Site]:
    """Serve a city's pages, and end that."""
    made, thread = serve(city)
    yield made
    made.app.state.live.stop()
    made.server.should_exit = True
    thread.join(60)


@pytest.fixture
def site(city: City) -> Iterator[Site]:
    with served(city) as made:
        yield made


@pytest.fixture
def walled(city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[WalledCity]:
    """The peopled city with safeguarding behind its wall. Only tests of time wait until an answer may be given."""
    from tests.web.walled import WalledCity  # it takes `Someone` from here

    monkeypatch.setattr(safeguarding_acts, "EVENLY_S", 0.0)
    made = WalledCity(city)
    yield made
    made.close()
