"""Nothing from elsewhere may run, frame or keep a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ascbridge.web.app import create_app
from ascbridge.web.secure_headers import CONTENT_SECURITY_POLICY
from tests.web.city import City
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fastapi import FastAPI


def test_every_answer_carries_the_policy_and_is_not_kept(somebody: Callable[..., Someone]) -> None:
    someone = somebody("discharge-team")
    for path in ("/worklist", "/sign-in", "/nowhere", "/api/tasks", "/health/live"):
        headers = someone.get(path).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["cache-control"] == "no-store", path
        assert headers["x-content-type-options"] == "nosniff"
    assert "'unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


def test_only_files_that_are_the_same_for_everybody_may_be_kept(app: FastAPI) -> None:
    headers = Someone(app).get("/static/ascbridge.css").headers
    assert headers["cache-control"].startswith("public")
    assert "strict-transport-security" not in headers


def test_with_tls_the_cookie_and_the_site_are_for_tls_only(tmp_path: Path) -> None:
    city = City(tmp_path, http={"tls": {"certificate": "c.pem", "private_key": "k.pem"}})
    someone = Someone(create_app(city.parts()))
    answer = someone.get(f"/sign-in?code={city.parts().one_time_code}")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert answer.headers["set-cookie"].startswith("__Host-ascbridge=")
    assert "secure" in answer.headers["set-cookie"].lower()
    city.close()


def test_pages_hold_no_script_style_or_address_of_their_own(
    somebody: Callable[..., Someone], city: City
) -> None:
    someone = somebody("discharge-team")
    for path in ("/worklist", f"/tasks/{city.task_of(0).task_id}", f"/people/{city.task_of(0).person_id}"):
        page = someone.get(path).text
        assert re.findall(r"<script(?! type=\"module\" src=\"/static/)", page) == []
        assert not re.search(r"<style|\sstyle=|\son\w+=\"|https?://", page), path
