"""The shipped profiles read, and are signed or not as their own text says."""

from __future__ import annotations

from pathlib import Path

import pytest

from ascbridge.config import ConfigError
from ascbridge.intake.agreed import profiles


def test_every_shipped_profile_reads_and_a_draft_is_in_shadow() -> None:
    shadows = {name: profiles.read(name).shadow for name in profiles.shipped()}
    assert shadows["uhcw"]
    assert not any(shadows[name] for name in ("itk-v24", "cerner-millennium", "council-facts"))


def test_the_draft_says_line_by_line_what_is_not_known() -> None:
    assert len(profiles.read("uhcw").not_known) >= 10


def test_a_profile_can_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[feed]\nname = "mine"\ntitle = "t"\nsource = "hospital_adt"\nsource_name = "s"\nauthority = "X"\n'
    )
    assert profiles.read(str(path)).feed.name == "mine"


@pytest.mark.parametrize("name", ["no-such-feed", "no/such/file.toml"])
def test_what_is_not_there_is_told_with_what_is(name: str) -> None:
    with pytest.raises(ConfigError, match=r"there is no such file|give a path ending in"):
        profiles.read(name)


def test_text_that_is_not_toml_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[feed\n")
    with pytest.raises(ConfigError, match="not TOML"):
        profiles.read(str(path))
