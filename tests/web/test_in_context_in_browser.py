"""A record in a case system's frame, in a real browser: who may frame it, whose cookies reach it, what stays in it."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.web.app import create_app
from tests.web.conftest import serve_app
from tests.web.record.test_in_context_pages import link
from tests.web.test_pages_in_browser import barriers, open_page, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.city import City

pytestmark = pytest.mark.browser


class CaseSystem(ThreadingHTTPServer):
    """Another system's screen: a page with one frame in it."""

    framed = ""

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Screen(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, CaseSystem)
        page = f'<!DOCTYPE html><title>Cases</title><iframe name="record" width="1000" height="800" src="{self.server.framed}"></iframe>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def cases() -> Iterator[CaseSystem]:
    """The case system, on 127.0.0.1 (of one site with the bridge) and as localhost (of another)."""
    server = CaseSystem(("127.0.0.1", 0), _Screen)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(60)


def framed_in(page: Any, cases: CaseSystem, address: str, host: str = "127.0.0.1") -> Any:
    cases.framed = address
    page.goto(f"http://{host}:{cases.port}/")
    return page.frame_locator("iframe[name=record]")


def test_a_record_shows_in_the_frames_that_the_settings_name(
    city: City, cases: CaseSystem, chromium: Any
) -> None:
    origins = [f"http://127.0.0.1:{cases.port}", f"http://localhost:{cases.port}"]
    settings = city.settings.model_copy(
        update={"in_context": city.settings.in_context.model_copy(update={"frame_origins": tuple(origins)})}
    )
    site, thread = serve_app(city, create_app(city.parts(settings=settings)))
    try:
        page = open_page(chromium)
        sign_in(page, site, "discharge-team")
        person = city.task_of(0).person_id
        # Of the same site: the reader's own sign-in counts in the frame.
        frame = framed_in(page, cases, site.address + link(city, person))
        frame.get_by_role("heading", name="EVANS, Mary").wait_for()
        # Whatever is no record opens in a window of its own.
        with page.context.expect_page() as opened:
            frame.get_by_role("link", name="Worklist").click()
        opened.value.wait_for_url("**/worklist")
        frame.get_by_role("heading", name="EVANS, Mary").wait_for()
        # Of another site: no cookie reaches the frame, the link is not used up, and the page says what to do.
        path = link(city, person)
        frame = framed_in(page, cases, site.address + path, "localhost")
        with page.context.expect_page() as opened:
            frame.get_by_role("button", name="Open the record in a new window").click()
        opened.value.wait_for_url(f"**/people/{person}")
        assert barriers(opened.value) == []
    finally:
        site.app.state.live.stop()
        site.server.should_exit = True
        thread.join(60)


def test_nobody_frames_a_record_where_the_settings_name_none(
    site: Any, cases: CaseSystem, chromium: Any
) -> None:
    page = open_page(chromium)
    sign_in(page, site, "discharge-team")
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text))
    cases.framed = site.address + link(site.city, site.city.task_of(0).person_id)
    with page.expect_event("console", lambda said: "frame-ancestors" in said.text):
        page.goto(f"http://127.0.0.1:{cases.port}/")
    assert "EVANS" not in "".join(frame.content() for frame in page.frames[:1])
