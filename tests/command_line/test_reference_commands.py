"""The commands about reference data, against a bridge's real pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reference.lists import HOURS, text
from tests.servers.process import free_port
from tests.test_cli import told
from tests.web.conftest import empty_city, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.web.city import City

__all__ = ["empty_city"]


@pytest.fixture
def bridge(empty_city: City) -> Iterator[list[object]]:  # the fixture that is imported for it
    key = empty_city.folder / "master.key"
    key.touch(mode=0o600)
    key.write_bytes(bytes(range(32)))
    site, thread = serve(empty_city)
    yield ["--data-dir", empty_city.folder, "--http", site.address.removeprefix("http://")]
    site.app.state.live.stop()
    site.server.should_exit = True
    thread.join(10)


@pytest.fixture
def hours(tmp_path: Path) -> Path:
    path = tmp_path / "hours.toml"
    path.write_text(text("service-hours", HOURS, day="2027-01-01"), "utf-8")
    return path


def test_a_list_goes_the_whole_way(bridge: list[object], hours: Path) -> None:
    said = told(0, "reference", "check", hours)
    assert said.endswith("service-hours@2, 2 entries, from 2027-01-01, 2 not agreed or not known\n")
    said = told(0, "reference", "diff", hours, *bridge)
    first, *differences = said.splitlines()
    assert first == "service-hours@2 would hold from 2027-01-01 00:00"
    assert "changed: Community Discharge Team (daily: 08:00 to 18:00, was 08:00 to 20:00)" in differences
    assert "service-hours@2 holds from 2027-01-01 00:00" in told(
        0, "reference", "load", hours, "--why", "agreed", *bridge
    )
    assert "the next number is 3" in told(1, "reference", "load", hours, *bridge)
    rows = [line.split("\t") for line in told(0, "reference", "list", *bridge).splitlines()]
    assert ["service-hours@1", "in force", "always", "-", "ships"] in [row[:5] for row in rows]
    (mine,) = [row for row in rows if row[0] == "service-hours@2"]
    assert mine[1:4] == ["to come", "2027-01-01 00:00", "-"]
    said = told(1, "reference", "not-agreed", *bridge)
    assert "localities@1\tnot known\tThe three bases: their names\t" in said
    assert told(0, "reference", "take-back", "service-hours", "2", *bridge) == (
        "service-hours@2 holds no longer; service-hours@1 is in force\n"
    )
    assert "nobody loaded service-hours@7" in told(1, "reference", "take-back", "service-hours", "7", *bridge)


def test_a_list_that_says_the_same_says_so(bridge: list[object], tmp_path: Path) -> None:
    path = tmp_path / "days.toml"
    path.write_text(text("bank-holidays", ""), "utf-8")
    assert "nothing differs from bank-holidays@1" in told(0, "reference", "diff", path, *bridge)


def test_files_are_checked_without_a_bridge(hours: Path, tmp_path: Path) -> None:
    broken, alone = tmp_path / "broken.toml", tmp_path / "alone.toml"
    broken.write_text('kind = "weather"\n', "utf-8")
    alone.write_text(text("service-hours", HOURS.partition('[[hours]]\nteam = "Emergency')[0]), "utf-8")
    said = told(1, "reference", "check", hours, broken)
    assert f"ok    {hours}: service-hours@2" in said
    assert f"FAULT {broken}: kind: must be one of teams" in said
    assert "FAULT together: teams@1 and service-hours@2: Emergency" in told(1, "reference", "check", alone)
    broken.write_bytes(b"\xff")
    assert "cannot be read" in told(2, "reference", "check", broken)


@pytest.mark.parametrize("command", [["list"], ["not-agreed"], ["take-back", "teams", "2"]])
def test_asking_a_bridge_that_does_not_run_ends_with_1(command: list[str], tmp_path: Path) -> None:
    http = f"127.0.0.1:{free_port()}"
    where = ["--data-dir", tmp_path / "none", "--http", http]
    assert "No token" in told(1, "reference", *command, *where)
    told(0, "master-key", tmp_path / "master.key")
    where = ["--data-dir", tmp_path, "--http", http]
    assert f"nobody answers at http://{http}" in told(1, "reference", *command, *where)
