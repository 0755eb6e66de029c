"""Asking a running bridge: over its real pages, as IT operations, and what is said where it does not answer."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import orjson
import pytest

from ascbridge.operations import asking
from ascbridge.operations.asking import Asking, NotAnswered
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE = "0190-message"
ANSWERS: dict[str, tuple[int, bytes]] = {
    "GET /api/operations/messages?find=T1": (
        200,
        orjson.dumps([{"message_id": MESSAGE}, {"message_id": "other"}]),
    ),
    "GET /api/operations/messages?find=T%261": (200, b"[]"),
    f"GET /api/operations/messages/{MESSAGE}": (
        200,
        orjson.dumps({"message_id": MESSAGE, "outcome": "kept"}),
    ),
    "GET /api/operations/messages/other": (200, orjson.dumps({"message_id": "other"})),
    "GET /api/operations/dead-letters": (
        200,
        orjson.dumps(
            [{"dead_id": 7, "consumer": "record", "message_id": MESSAGE, "cause": "no ward", "more": 1}]
        ),
    ),
    "POST /api/operations/dead-letters/7/send-again": (200, b'{"dead_id": 7}'),
    "POST /api/operations/dead-letters/8/send-again": (
        404,
        b'{"title": "Not found", "detail": "there is no 8"}',
    ),
    "POST /api/operations/readers/record/read-again": (
        200,
        orjson.dumps(
            {
                "consumer": "record",
                "events": 3,
                "done": False,
                "steps": [{"topic": "person", "partition": 0, "offset": 4, "next_offset": 7}],
            }
        ),
    ),
    "POST /api/operations/complete": (
        200,
        orjson.dumps(
            {
                "maps": ["itk-v24: the map was read again"],
                "completed": 2,
                "not_mapped": [{"feed": "itk-v24", "codes": "ready YES", "messages": 5}],
            }
        ),
    ),
    "GET /api/operations/titled": (403, b'{"title": "Forbidden"}'),
    "GET /api/operations/broken": (502, b"<html>bad gateway</html>"),
}


class Door(BaseHTTPRequestHandler):
    """Answers what the table says, to whoever has the token."""

    def answer(self) -> None:
        status, body = ANSWERS[f"{self.command} {self.path}"]
        if self.headers["Authorization"] != "Bearer the-token":
            status, body = 401, b'{"title": "Not signed in"}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer  # the library's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def bridge(address: str) -> Asking:
    return Asking(address + "/", "the-token")


def test_a_trail_is_found_for_each_message_that_an_id_names(bridge: Asking) -> None:
    assert asking.trail(bridge, "T1") == [{"message_id": MESSAGE, "outcome": "kept"}, {"message_id": "other"}]
    assert asking.trail(bridge, "T&1") == []


def test_dead_letters_are_one_line_each(bridge: Asking) -> None:
    said: list[str] = []
    assert asking.dead_letters(bridge, said.append) == 1
    assert said == [f"7\trecord\t{MESSAGE}\tno ward"]


def test_what_would_be_read_again_is_said_by_partition(bridge: Asking) -> None:
    said: list[str] = []
    asking.read_again(bridge, "record", {"from_time": "2026-11-22T10:00Z", "dry_run": True}, said.append)
    assert said == ["person/0\tfrom 4 to 6", "record would read 3 events again"]


def test_completing_says_what_is_still_not_mapped(bridge: Asking) -> None:
    said: list[str] = []
    assert asking.complete(bridge, said.append) == 1
    assert said == [
        "itk-v24: the map was read again",
        "2 messages completed",
        "not mapped\titk-v24\tready YES\t5 messages",
    ]


def test_something_is_done_and_a_no_is_told_in_the_bridges_words(bridge: Asking) -> None:
    assert bridge.post("dead-letters/7/send-again") == {"dead_id": 7}
    with pytest.raises(NotAnswered, match=r"^Not found: there is no 8$"):
        bridge.post("dead-letters/8/send-again")
    with pytest.raises(NotAnswered, match=r"^Forbidden$"):
        bridge.get("titled")


def test_an_answer_that_is_no_problem_of_ours_has_its_number(bridge: Asking) -> None:
    with pytest.raises(NotAnswered, match=r"^HTTP 502$"):
        bridge.get("broken")


def test_a_token_that_is_not_taken_is_told(address: str) -> None:
    with pytest.raises(NotAnswered, match=r"^Not signed in$"):
        Asking(address, "another").get("dead-letters")


def test_a_bridge_that_does_not_run_is_told() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(NotAnswered, match=f"^nobody answers at {address}: "):
        Asking(address, "the-token").get("dead-letters")
