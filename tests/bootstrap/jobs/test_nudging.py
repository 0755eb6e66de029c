"""What nudges teams is put together as it is set; a team that there is not stops the start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.bootstrap.jobs import nudging
from ascbridge.bootstrap.parts.settled import CannotStart
from tests.bootstrap.parts.test_replying import folder, grounds

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["folder"]
SET: dict[str, Any] = {
    "to": {"Community Discharge Team": ["cdt@council.example"]}, "smtp": {"port": 25}, "smtp_tls": "none",
    "sender": "bridge@council.example", "link": "https://bridge.example",
}  # fmt: skip


def test_nobody_is_nudged_where_no_team_has_an_address(folder: Path) -> None:
    for ground in grounds(folder):
        assert nudging.nudgers(ground) == []


def test_one_nudger_for_all_teams(folder: Path) -> None:
    for ground in grounds(folder, nudges=SET):
        (made,) = nudging.nudgers(ground)
        assert (made.name, made.trouble_now()) == ("nudges", "")


def test_who_looks_at_openings_is_written_to_without_any_team(folder: Path) -> None:
    for ground in grounds(folder, nudges=SET | {"to": {}, "openings": ["caldicott@council.example"]}):
        assert len(nudging.nudgers(ground)) == 1


def test_a_team_that_there_is_not_stops_the_start(folder: Path) -> None:
    for ground in grounds(folder, nudges=SET | {"to": {"No such team": ["a@b.example"]}}):
        with pytest.raises(CannotStart, match=r"nudges\.to: No such team"):
            nudging.nudgers(ground)


def test_a_password_that_others_may_read_stops_the_start(folder: Path) -> None:
    secret = folder / "password"
    secret.write_text("s3cret")
    secret.chmod(0o644)
    wanted = SET | {"smtp_user": "bridge", "smtp_password_file": str(secret)}
    for ground in grounds(folder, nudges=wanted):
        with pytest.raises(CannotStart, match="chmod 600"):
            nudging.nudgers(ground)
        secret.chmod(0o600)
        assert nudging.nudgers(ground)
