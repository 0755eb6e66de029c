"""The head of a request, read in one way only, and answers that any client reads."""

from __future__ import annotations

import contextlib
import http.client
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.intake.doors.http_message import BadRequest, answer, problem, read_head

HEAD = b"POST /facts?x=1 HTTP/1.1\r\nHost: bridge\r\nContent-Length: 5\r\nX-One: a\r\n\r\n"


def test_a_head_is_read() -> None:
    request = read_head(HEAD)
    assert (request.method, request.path, request.headers["x-one"]) == ("POST", "/facts", "a")
    assert request.length(5) == 5
    assert request.keep_alive


@pytest.mark.parametrize("line", [b"Connection: close", b"connection:  CLOSE"])
def test_a_sender_may_end_the_connection(line: bytes) -> None:
    assert not read_head(HEAD.replace(b"X-One: a", line)).keep_alive
    assert not read_head(HEAD.replace(b"HTTP/1.1", b"HTTP/1.0")).keep_alive


@pytest.mark.parametrize(
    "head",
    [
        HEAD.replace(b"HTTP/1.1", b"HTTP/2"),
        b"\r\n\r\n",
        HEAD.replace(b"X-One: a", b"X One: a"),
        HEAD.replace(b"X-One: a", b" folded"),
        HEAD.replace(b"X-One: a", b"Content-Length: 6"),
        HEAD.replace(b"X-One: a", b"Content-Length : 5"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(head: bytes) -> None:
    with pytest.raises(BadRequest) as caught:
        read_head(head)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "line, status",
    [
        (b"Content-Length: 6", 413),
        (b"Content-Length: -5", 400),
        (b"Content-Length: +5", 400),
        (b"Content-Length: 0x5", 400),
        (b"Content-Length: " + b"9" * 13, 400),
        (b"Content-Length: 5\r\nTransfer-Encoding: chunked", 411),
        (b"X-Two: b", 411),
    ],
)
def test_the_length_of_a_body_is_certain_and_small_enough(line: bytes, status: int) -> None:
    with pytest.raises(BadRequest) as caught:
        read_head(HEAD.replace(b"Content-Length: 5", line)).length(5)
    assert caught.value.status == status


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(BadRequest):
        read_head(raw + b"\r\n\r\n").length(10)


class _Wire(io.BytesIO):
    def makefile(self, *_: object) -> io.BytesIO:
        return self


@pytest.mark.parametrize("status, kind", [(201, "application/json"), (422, "application/problem+json")])
def test_an_answer_is_what_http_clients_read(status: int, kind: str) -> None:
    raw = answer(status, problem(status, "why"), close=True, Retry_After="5")
    read = http.client.HTTPResponse(_Wire(raw))  # type: ignore[arg-type]  # it asks for makefile only
    read.begin()
    assert (read.status, read.headers["content-type"], read.headers["retry-after"]) == (status, kind, "5")
    assert b'"detail":"why"' in read.read()
