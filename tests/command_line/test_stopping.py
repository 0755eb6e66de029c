"""The commands that stop something and let it go on, against a bridge's real pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.command_line.test_republish_commands import bridge
from tests.test_cli import told
from tests.web.conftest import empty_city

if TYPE_CHECKING:
    import pytest

__all__ = ["bridge", "empty_city"]


def test_a_pause_goes_the_whole_way(
    bridge: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:  # the fixture
    monkeypatch.setenv("COLUMNS", "200")
    assert told(0, "pauses", *bridge) == "Nothing is stopped.\n"
    kind, name, how, *_, people, why = told(
        0, "pause", "feed", "itk-v24", "--reason", "a new map", *bridge
    ).rstrip("\n").split("\t")  # fmt: skip
    assert (kind, name, how, people, why) == ("feed", "itk-v24", "pause", "0 people waiting", "a new map")
    assert "stopped already" in told(1, "drain", "itk-v24", "--reason", "a move", *bridge)
    assert "itk-v24" in told(1, "pauses", *bridge)
    assert "there is no sink" in told(1, "pause", "sink", "other", "--reason", "a test", *bridge)
    assert told(0, "resume", "feed", "itk-v24", "--reason", "done", *bridge) == "Nothing is stopped.\n"
