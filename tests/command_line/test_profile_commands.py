"""The commands that change a feed's profile, against a bridge's real pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations.changing import feed_profiles
from ascbridge.operations.changing.feed_profiles import LEAD_MS
from ascbridge.people.actor import Actor
from tests.command_line.test_reference_commands import bridge
from tests.intake.revised import itk
from tests.test_cli import told
from tests.web.conftest import empty_city

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.city import City

__all__ = ["bridge", "empty_city"]
NIA = Actor("Nia Brown", "it-operations", "work", sign_in="b")


def test_a_profile_goes_the_whole_way(bridge: list[object], empty_city: City, tmp_path: Path) -> None:
    city, file = empty_city, tmp_path / "next.toml"
    file.write_text(itk(("[codes.discharge_method]", '[codes.discharge_method]\nZZ = "1"')), "utf-8")
    city.hear("A03", local_id="L1", visit="V1", nhs_number="", pv1={36: "ZZ", 37: "19"})
    said = told(1, "feed-profile", "try", file, *bridge)
    assert "added: codes.discharge_method.ZZ: 1" in said
    assert "tried\t1 messages\t1 otherwise\t0 could not be read" in said
    assert told(0, "feed-profile", "ask", file, "--why", "they say so", *bridge).startswith(
        "itk-v24\t1\tasked\t"
    )
    assert "second person" in told(1, "feed-profile", "sign", "itk-v24", 1, *bridge)
    city.bridge.write_now(
        lambda c: feed_profiles.sign(c, city.translator, "itk-v24", 1, NIA, city.clock.at_ms)
    )
    assert told(0, "feed-profile", "activate", "itk-v24", 1, *bridge).startswith("itk-v24\t1\tsigned\t")
    assert "then version 1" in told(0, "feed-profile", "list", *bridge)
    city.clock.at_ms += LEAD_MS
    assert "itk-v24\tholds\tversion 1\titk-v24@" in told(0, "feed-profile", "list", *bridge)
    assert "then the file" in told(0, "feed-profile", "roll-back", "itk-v24", "--why", "wrong", *bridge)


def test_one_is_refused(bridge: list[object], tmp_path: Path) -> None:
    file = tmp_path / "next.toml"
    file.write_text(itk(("late_after_minutes = 120", "late_after_minutes = 60")), "utf-8")
    told(0, "feed-profile", "ask", file, "--why", "they say so", *bridge)
    assert told(0, "feed-profile", "refuse", "itk-v24", 1, "--why", "no", *bridge).startswith(
        "itk-v24\t1\trefused"
    )
