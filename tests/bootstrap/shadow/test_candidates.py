"""The files that a shadow is made with: what each is, and that it stands in for the bridge's own."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from ascbridge.bootstrap.shadow import candidates, telling_apart
from ascbridge.config import ConfigError
from tests.bootstrap.shadowed import built, city, differences, publish

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.city import City

__all__ = ["city"]


def shipped(package: str, name: str) -> str:
    return (files(package) / name).read_text("utf-8")


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_each_file_is_known_for_what_it_is(tmp_path: Path) -> None:
    made = [
        written(tmp_path, "feed.toml", shipped("ascbridge.intake.sources", "profiles/itk-v24.toml")),
        written(tmp_path, "ours.toml", shipped("ascbridge.discharge", "settings/ready-opens.toml")),
        written(tmp_path, "codes.toml", shipped("ascbridge.discharge", "settings/codes.toml")),
        written(tmp_path, "door.toml", shipped("ascbridge.frontdoor", "settings/front-door.toml")),
        written(tmp_path, "hours.toml", shipped("ascbridge.reference", "shipped/service-hours.toml")),
    ]
    told = [one.told for one in candidates.read(made)]
    assert [(one.made, one.of) for one in told] == [
        ("feed", "itk-v24"), ("rules", "ready-opens"), ("codes", "codes"), ("front-door", "front-door"),
        ("list", "service-hours"),
    ]  # fmt: skip
    assert "sha256" in told[0].words


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    wrong = written(tmp_path, "hours.toml", 'kind = "service-hours"\n')
    same = written(tmp_path, "codes.toml", shipped("ascbridge.discharge", "settings/codes.toml"))
    with pytest.raises(ConfigError) as fault:
        candidates.read([wrong, tmp_path / "nowhere.toml", same, same])
    said = str(fault.value)
    assert "hours.toml" in said
    assert "nowhere.toml: there is no such file" in said
    assert "codes.toml: two files have this name" in said


def test_a_list_stands_in_for_the_one_that_held(city: City, tmp_path: Path) -> None:
    publish(city)
    text = shipped("ascbridge.reference", "shipped/due-times.toml")
    changed = text.replace("version = 1", "version = 90").replace("minutes = 15\n", "minutes = 45\n")
    path = written(tmp_path, "due.toml", changed)
    (read,) = candidates.read([path])
    assert (read.told.of, read.told.version) == ("due-times", "90")
    built(city, "next", path)
    telling_apart.compare(city.settings, "next")
    seen = differences(city, kind="task")
    assert {name for one in seen for name in (each.name for each in one.fields)} <= {"due_ms", "escalates_ms"}
    assert {one.cause for one in seen} == {"list: due-times@1 becomes due-times@90"}
