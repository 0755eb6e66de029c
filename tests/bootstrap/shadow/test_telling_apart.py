"""A shadow of a city is that city; with another rule, list or map it differs by just what that decides, and says why."""

from __future__ import annotations

import shutil
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from ascbridge.bootstrap.shadow import telling_apart, time_machine
from ascbridge.operations.shadow import shadows
from ascbridge.operations.shadow.shadows import NoShadow
from ascbridge.storage.tables import event_log, message, task
from tests.bootstrap.shadowed import Still, built, city, differences, publish, work_on
from tests.web.city import MINUTE, City

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["city"]


def test_a_shadow_with_nothing_changed_is_the_same(city: City) -> None:
    work_on(city)
    publish(city)
    before = city.rows(event_log)
    shadow = built(city)
    assert shadow.progress is not None
    assert (shadow.progress.state, shadow.progress.held) == ("built", 0)
    assert shadow.progress.done == shadow.progress.messages == len(city.rows(message))
    told = telling_apart.compare(city.settings, "next")
    assert differences(city) == []
    assert told.compared["task"] == len(city.rows(task)) > 4
    assert told.compared["record"] > 20
    assert told.compared["index"] > 7
    assert told.left_out == {}
    assert city.rows(event_log) == before


def test_another_rule_changes_just_what_it_decides_and_says_so(city: City, tmp_path: Path) -> None:
    publish(city)
    rules = tmp_path / "ours.toml"
    text = (files("ascbridge.discharge") / "settings" / "ready-opens.toml").read_text("utf-8")
    rules.write_text(
        text.replace('id = "ready-opens"', 'id = "ours"').replace("version = 2", "version = 3", 1)
        + '\n[[rule]]\nid = "not-ours"\nthen = "drop"\nwhy = "Another team has them."\nwhen = { age = ["65-74", "75-84"] }\n'
    )
    text = rules.read_text()
    head, _, last = text.rpartition("[[rule]]")
    first = head.index("[[rule]]")
    rules.write_text(head[:first] + "[[rule]]" + last + "\n" + head[first:])
    built(city, "next", rules)
    telling_apart.compare(city.settings, "next")
    seen = differences(city, kind="task")
    assert {one.sort for one in seen} == {"d2a"}
    assert all(
        one.cause.startswith("rule: ready-opens@2:") and "becomes ours@3:not-ours" in one.cause
        for one in seen
    )
    assert all("not-ours" in " ".join(one.why) for one in seen)
    changed = {one.person_id for one in seen}
    everybody = {row.person_id for row in city.rows(task)}
    assert changed < everybody
    assert {one.person_id for one in differences(city, kind="record")} <= changed


def test_what_came_since_is_left_out_until_it_is_followed(city: City) -> None:
    publish(city)
    built(city)
    city.clock.at_ms += MINUTE
    city.hear("A01", local_id="L900", visit="V900", nhs_number="", name="NEW^NORA^^^MS^^L")
    publish(city)
    told = telling_apart.compare(city.settings, "next")
    assert differences(city) == []
    assert sum(told.left_out.values()) > 0
    time_machine.build(city.settings, shadows.find(city.folder, "next"), pace=Still)
    told = telling_apart.compare(city.settings, "next")
    assert (differences(city), told.left_out) == ([], {})


def test_a_period_is_asked_about_on_both_sides(city: City, tmp_path: Path) -> None:
    rules = tmp_path / "ready-with-need.toml"
    shutil.copyfile(str(files("ascbridge.discharge") / "settings" / "ready-with-need.toml"), rules)
    now = city.clock.at_ms
    city.clock.at_ms = now + 60 * MINUTE
    city.council("C200", "9993000035", ("SINGH", "HARBHAJAN"), "1952-01-19", "known", known=False)
    city.council("C201", "9993000027", ("OKAFOR", "SAMUEL"), "1938-07-02", "known", known=True)
    base, tried = telling_apart.ask(
        city.settings, "asked", [rules], from_ms=now + MINUTE, to_ms=now + 120 * MINUTE
    )
    city.hear(
        "A01", now + 180 * MINUTE, local_id="L900", visit="V900", nhs_number="", name="NEW^NORA^^^MS^^L"
    )
    for one in (base, tried):
        assert time_machine.build(city.settings, one, pace=Still).state == "built"
    told = telling_apart.compare(city.settings, "asked", against=base.name)
    seen = differences(city, "asked", kind="task")
    assert len({one.person_id for one in seen}) == 1
    assert seen[0].cause.endswith("becomes ready-with-need@2:no-need")
    assert told.compared["stay"] == 2
    with pytest.raises(NoShadow, match="ends at a moment"):
        telling_apart.compare(city.settings, "asked")


def test_another_map_says_which_message_is_read_otherwise(city: City, tmp_path: Path) -> None:
    publish(city)
    profile = tmp_path / "itk-v24.toml"
    text = (files("ascbridge.intake.sources") / "profiles" / "itk-v24.toml").read_text("utf-8")
    profile.write_text(text.replace('"19" = "19"', '"19" = "79"'))
    assert profile.read_text() != text
    built(city, "next", profile)
    telling_apart.compare(city.settings, "next")
    seen = differences(city, kind="task")
    assert {one.cause for one in seen} == {"feed itk-v24 is read otherwise"}
    assert "19 is 19 becomes 19 is 79" in " ".join(seen[0].why)
