"""The commands that mend a message, against a bridge's real pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.storage.tables import dead_letter
from tests.command_line.test_republish_commands import bridge
from tests.test_cli import told
from tests.web.conftest import empty_city
from tests.web.operations.test_mend_pages import NAMED, letter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.city import City

__all__ = ["bridge", "empty_city"]
WHY = ("--why", "a wrong code")


def test_a_message_is_mended_from_open_to_effect(
    bridge: list[object], empty_city: City, tmp_path: Path
) -> None:
    dead_id = letter(empty_city).rpartition("/")[2]
    opened = told(0, "mend", "open", dead_id, *WHY, *bridge)
    assert "PV1-4\tZZ\n" in opened
    text = told(0, "mend", "open", dead_id, "--text", *WHY, *bridge)
    assert "{PID-5}" in text
    assert not [name for name in NAMED if name in opened + text]
    assert "Give --set" in told(2, "mend", "change", dead_id, *WHY, *bridge)
    assert "no segment PV9" in told(1, "mend", "change", dead_id, "--set", "PV9-1=1", *WHY, *bridge)
    file = tmp_path / "message"
    file.write_text(text.replace("|ZZ|", "|22|"))
    first = told(0, "mend", "change", dead_id, "--text", file, *WHY, *bridge)
    assert "\tasked\tPV1-4\n" in first
    change = first.split("\t")[0]
    assert f"{change}\t" in told(1, "mend", "waiting", *bridge)
    assert told(0, "mend", "refuse", change, "--why", "another code", *bridge) == "taken back\n"
    change = told(0, "mend", "change", dead_id, "--set", "PV1-4=21", *WHY, *bridge).split("\t")[0]
    assert told(0, "mend", "show", change, *bridge) == told(0, "mend", "try-again", change, *bridge)
    assert told(0, "mend", "take-effect", change, *bridge) == "mended\n"
    assert told(0, "mend", "waiting", *bridge) == ""
    assert {row.state for row in empty_city.rows(dead_letter)} == {"mended"}


def test_who_changed_whom_it_is_about_is_told_that_another_must_agree(
    bridge: list[object], empty_city: City
) -> None:
    dead_id = letter(empty_city).rpartition("/")[2]
    made = told(0, "mend", "change", dead_id, "--set", "PID-5=SMITH^ANN", *WHY, *bridge)
    assert "a second person must agree" in made
    change = made.split("\t")[0]
    assert "a second person must agree" in told(1, "mend", "take-effect", change, *bridge)
