"""What hospitals are told, on pages: beside the work, and for IT operations without anybody's name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.events.facts.task_progress import STEPS
from ascbridge.operations.finding import audit_search
from ascbridge.replies import reply_store
from ascbridge.replies.telling import Telling, Wanted
from ascbridge.storage.tables import reply
from ascbridge.web.app import create_app
from tests.web.city import City, people_the_city
from tests.web.conftest import Someone, token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PAGE = "/operations/replies"
AGAIN = f"{PAGE}/send-again"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """A city whose hospital is told."""
    made = City(tmp_path / "told", replies={"uhcw": {"facility": "RKB", "host": "127.0.0.1", "port": 2580}})
    now_ms, made.clock.at_ms = made.clock.at_ms, 0
    made.handlers.append(Telling([Wanted("uhcw", "RKB", frozenset(STEPS))], 1, made.clock))
    made.clock.at_ms = now_ms
    people_the_city(made)
    yield made
    made.close()


@pytest.fixture
def engineer(somebody: Callable[..., Someone]) -> Someone:
    return somebody("it-operations", "Ola Green")


def settle(city: City, row: Any, state: Any, note: str) -> None:
    city.bridge.write_now(lambda c: reply_store.settle(c, row.reply_id, state, note, city.clock.at_ms))


def test_operations_sees_what_waits_and_nobodys_name(engineer: Someone, city: City) -> None:
    assert PAGE in engineer.get("/operations").text
    text = engineer.get(PAGE).text
    assert "RRI^I12 to 127.0.0.1:2580, about stays at RKB" in text
    assert f"<strong>{len(city.rows(reply))} replies</strong> wait to be told" in text
    assert "Received" in text
    for name in ("EVANS", "Evans", "9993000019", "OKAFOR", "Okafor"):
        assert name not in text


def test_what_was_refused_is_sent_again_with_a_reason_and_audited(engineer: Someone, city: City) -> None:
    row = city.rows(reply)[0]
    settle(city, row, "refused", "AE 103")
    assert "Refused after 1 try: AE 103" in engineer.get(PAGE).text
    wrong = engineer.fill(AGAIN, PAGE)
    assert wrong.status_code == 422
    assert f'<a href="#why-{row.reply_id}">' in re.sub(r"\s+", " ", wrong.text)
    assert "Say why it is to be sent again" in wrong.text
    assert f"Message <code>{row.control_id}</code> (MSH-10)" in wrong.text
    fields = {
        "form_token": token(engineer.get(PAGE).text),
        "reply": row.reply_id,
        "why": "The trust mended its map",
    }
    done = engineer.post(AGAIN, data=fields)
    assert "It will be sent again." in engineer.get(done.headers["location"]).text
    assert {one.state for one in city.rows(reply)} == {"waiting"}
    assert engineer.post(AGAIN, data=fields).status_code == 409
    second, first = city.bridge.read_now(lambda c: audit_search.entries(c, whom=f"reply:{row.reply_id}"))
    assert (first.who, first.what, first.why, first.result) == (
        "Ola Green", "reply sent again", "The trust mended its map", "sent again",
    )  # fmt: skip
    assert second.result == "not in trouble"


def test_who_only_looks_cannot_send_again(somebody: Callable[..., Someone], city: City) -> None:
    row = city.rows(reply)[0]
    settle(city, row, "given-up", "no answer")
    auditor = somebody("auditor", "Ada")
    text = auditor.get(PAGE).text
    assert "Given up after 1 try: no answer" in text
    assert "Send it again" not in text
    fields = {"form_token": token(text), "reply": row.reply_id, "why": "x"}
    assert auditor.post(AGAIN, data=fields).status_code == 403


def test_a_tasks_page_says_what_the_hospital_was_told(somebody: Callable[..., Someone], city: City) -> None:
    worker = somebody("discharge-team", "Amina")
    first = min(city.rows(reply), key=lambda row: row.queued_ms)
    page = f"/tasks/{first.task_id}"
    assert "not told yet: it waits since" in worker.get(page).text
    settle(city, first, "acknowledged", "AA")
    assert "Received, which it acknowledged" in worker.get(page).text


def test_where_no_hospital_is_told_the_page_says_so(tmp_path: Path) -> None:
    bare = City(tmp_path / "bare")
    try:
        text = Someone(create_app(bare.parts())).sign_in("it-operations").get(PAGE).text
        assert "No hospital is told anything" in text
    finally:
        bare.close()
