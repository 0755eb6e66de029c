"""The commands that publish people again, against a bridge's real pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.storage.tables import dirty_person
from tests.servers.process import free_port
from tests.test_cli import told
from tests.web.conftest import empty_city, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.city import City

__all__ = ["empty_city"]


@pytest.fixture
def bridge(empty_city: City) -> Iterator[list[object]]:  # the fixture that is imported for it
    empty_city.hear("A01", local_id="L1", visit="V1")
    key = empty_city.folder / "master.key"
    key.touch(mode=0o600)
    key.write_bytes(bytes(range(32)))
    site, thread = serve(empty_city)
    yield ["--data-dir", empty_city.folder, "--http", site.address.removeprefix("http://")]
    site.app.state.live.stop()
    site.server.should_exit = True
    thread.join(10)


def test_a_run_goes_the_whole_way(bridge: list[object]) -> None:
    assert told(0, "republish", "status", *bridge) == ""
    assert told(0, "republish", "start", "--all", "--dry-run", *bridge) == "1 people; nothing was begun\n"
    begun = told(0, "republish", "start", "--all", "--rate", "5", "--why", "restored", *bridge)
    run_id, *said = begun.rstrip("\n").split("\t")
    assert said[:4] == ["running", "0 of 1 people", "5/s", "differing"]
    assert told(1, "republish", "status", *bridge) == begun
    assert "\tpaused\t" in told(0, "republish", "pause", run_id, *bridge)
    assert "\trunning\t" in told(0, "republish", "resume", run_id, *bridge)
    assert "\tstopped\t" in told(0, "republish", "stop", run_id, *bridge)
    assert "this run is stopped" in told(1, "republish", "stop", run_id, *bridge)
    assert "one of them" in told(2, "republish", "start", *bridge)
    assert "one of them" in told(2, "republish", "start", "p1", "--all", *bridge)
    assert "at most" not in told(1, "republish", "start", "p1", *bridge)


def test_who_was_refused_is_listed_with_the_reason(bridge: list[object], empty_city: City) -> None:
    assert told(0, "republish", "not-taken", *bridge) == ""
    why = "the server refused it: HTTP 422 invalid Patient.name"
    row = {
        "sink": "icr",
        "person_id": "p1",
        "since_ms": 1,
        "mark": 1,
        "tries": 3,
        "next_try_ms": 2,
        "fault": why,
    }
    empty_city.bridge.write_now(lambda c: c.execute(dirty_person.insert(), [row]))
    assert told(1, "republish", "not-taken", *bridge) == f"p1\ticr\t3 tries\t{why}\n"


def test_without_a_bridge_it_says_so(bridge: list[object]) -> None:
    elsewhere = [*bridge[:3], f"127.0.0.1:{free_port()}"]
    assert "nobody answers" in told(1, "republish", "status", *elsewhere)
