"""Style, script and pictures: served from memory, with nothing licensed to others and nothing fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.web.static_files import read_all
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from fastapi import FastAPI


def test_what_is_served_is_style_script_and_pictures(app: FastAPI) -> None:
    nobody = Someone(app)
    for path, kind in (("ascbridge.css", "text/css"), ("ascbridge.js", "javascript"), ("mark.svg", "image/svg+xml"),
                       ("nhsuk/nhsuk-frontend-10.6.1.min.css", "text/css")):  # fmt: skip
        answer = nobody.get(f"/static/{path}")
        assert answer.status_code == 200
        assert kind in answer.headers["content-type"]
    assert nobody.get("/static/nhsuk/NOTICE").status_code == 404


def test_nothing_else_of_the_disk_can_be_reached(app: FastAPI) -> None:
    for path in ("../app.py", "..%2fapp.py", "nhsuk/../../app.py", "/etc/passwd", ""):
        assert Someone(app).get(f"/static/{path}").status_code == 404, path


def test_a_browser_that_has_it_is_not_sent_it_again(app: FastAPI) -> None:
    tag = Someone(app).get("/static/ascbridge.css").headers["etag"]
    assert Someone(app).get("/static/ascbridge.css", headers={"If-None-Match": tag}).status_code == 304


def test_no_licensed_font_or_logo_and_no_other_host_is_named() -> None:
    for path, file in read_all().items():
        text = file.body.decode().replace("http://www.w3.org", "")
        assert "Frutiger" not in text, path
        assert "assets.nhs.uk" not in text, path
        assert "http://" not in text, path
        assert "https://" not in text, path
        assert "nhsuk-icon-mask" not in path
