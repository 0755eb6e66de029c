"""A shadow is built beside the running bridge: it stops, goes on, gives way, and is refused where it cannot be."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ascbridge.bootstrap.shadow import telling_apart, time_machine
from ascbridge.config import ConfigError
from ascbridge.operations.shadow import shadows
from ascbridge.operations.shadow.shadows import NoShadow
from ascbridge.people.ownership import settle_number
from ascbridge.people.same_or_not import settle_pair
from ascbridge.storage.tables import possible_match, quarantine
from tests.bootstrap.shadowed import NURSE, Still, built, city, differences, publish, work_on
from tests.operations.changing.test_feed_profiles import FEED, MAPS_ZZ, VISITS, in_force
from tests.operations.mending.test_completing import leaves
from tests.web.city import MINUTE, City

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

__all__ = ["city"]


def test_it_goes_on_where_it_was_stopped(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    work_on(city)
    monkeypatch.setattr("ascbridge.operations.shadow.rebuilding.MESSAGES_AT_ONCE", 3)
    shadow = time_machine.plan(city.settings, "next")

    class StopsAtOnce(Still):
        def rest(self, played: int) -> None:
            shadows.ask_to_stop(shadow)

    steps = 0
    progress = time_machine.build(city.settings, shadow, pace=StopsAtOnce)
    assert progress.state == "stopped"
    while progress.state == "stopped":
        steps += 1
        progress = time_machine.build(city.settings, shadows.find(city.folder, "next"), pace=StopsAtOnce)
    assert steps > 3
    publish(city)
    assert progress.done == progress.messages
    told = telling_apart.compare(city.settings, "next")
    assert (differences(city), told.left_out) == ([], {})


def test_who_may_be_one_person_waits_in_a_shadow_too_and_who_was_told_apart_does_not(city: City) -> None:
    more = {"born": "19470820", "nhs_number": "", "ward": "W1^^^RKB01"}
    for n, name in enumerate(("OKORO^GRACE", "OKORO^GRACE", "OKORO^JOY", "OKORO^JOY^ADA")):
        city.hear("A01", local_id=f"L91{n}", visit=f"V91{n}", name=name, **more)
    first, second = city.rows(possible_match)
    city.clock.at_ms += MINUTE

    def decide(connection: Connection) -> None:
        events = settle_pair(
            connection, city.keyring, (first.low, first.high), "two-people",
            actor=NURSE, why="cousins", prefix=city.prefix, now_ms=city.clock.at_ms,
        )  # fmt: skip
        city.desk.outbox.emit(connection, events, city.clock.at_ms)

    city.bridge.write_now(decide)
    city.work()
    here = city.rows(possible_match)
    assert sorted((row.low, row.state) for row in here) == sorted(
        [(first.low, "settled"), (second.low, "open")]
    )
    shadow = built(city)
    with contextlib.closing(sqlite3.connect(shadow.folder / "bridge.db")) as plain:
        there = plain.execute("SELECT low, high, row_id, state, decided FROM possible_match").fetchall()
    assert sorted(there) == sorted((row.low, row.high, row.row_id, row.state, row.decided) for row in here)


def test_that_a_number_is_not_theirs_holds_in_a_shadow_though_they_had_another_before(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ascbridge.operations.shadow.rebuilding.MESSAGES_AT_ONCE", 1)
    first = {"local_id": "L920", "visit": "V920", "name": "OKORO^GRACE", "born": "19470820"}
    second = {"local_id": "L921", "visit": "V921", "name": "SMYTHE^ALAN", "born": "19310405"}
    third = {"local_id": "L922", "visit": "V922", "name": "OKAFOR^RUTH", "born": "19550101"}
    for kind, number, who in (
        ("A01", "9449305552", first),
        ("A01", "9434765919", third),
        ("A01", "9434765919", second),
        ("A08", "9449305552", second),
    ):
        city.hear(kind, nhs_number=number, **who)
        city.clock.at_ms += MINUTE
    keeps, loses = sorted(one.patient_key for one in city.rows(quarantine) if one.state == "open")

    def decide(connection: Connection) -> None:
        events = settle_number(
            connection, city.keyring, keeps, "this",
            actor=NURSE, why="rang them", prefix=city.prefix, now_ms=city.clock.at_ms,
        )  # fmt: skip
        city.desk.outbox.emit(connection, events, city.clock.at_ms)

    city.bridge.write_now(decide)
    city.work()
    publish(city)
    decided = [(row.patient_key, row.cause, row.number, row.state) for row in city.rows(quarantine)]
    assert [key for key, *_, state in decided if state == "decided"] == [loses]
    shadow = built(city)
    with contextlib.closing(sqlite3.connect(shadow.folder / "bridge.db")) as plain:
        there = plain.execute("SELECT patient_key, cause, number, state FROM quarantine").fetchall()
    assert sorted(there) == sorted(decided)
    telling_apart.compare(city.settings, "next")
    assert differences(city) == []


def test_what_cannot_be_is_refused_before_anything_is_made(city: City, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[feed]\nname = "x"\n')
    with pytest.raises(ConfigError, match=r"wrong\.toml"):
        time_machine.plan(city.settings, "next", [wrong])
    with pytest.raises(NoShadow, match="no name for a shadow"):
        time_machine.plan(city.settings, "../x")
    on_postgres = city.settings.model_copy(update={"database_url": "postgresql+asyncpg://u@h/d"})
    with pytest.raises(NoShadow, match="PostgreSQL"):
        time_machine.plan(on_postgres, "next")
    assert shadows.every(city.folder) == []
    time_machine.plan(city.settings, "next")
    with pytest.raises(NoShadow, match="already"):
        time_machine.plan(city.settings, "next")
    shadows.let_go(shadows.find(city.folder, "next"))
    assert shadows.every(city.folder) == []


def test_where_there_is_no_room_it_says_how_much_is_wanted(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_machine, "ROOM_LEFT", 10**15)
    with pytest.raises(NoShadow, match=r"MB are needed: make room"):
        time_machine.plan(city.settings, "next")
    assert not (city.folder / "shadow").exists()


def test_a_version_of_a_profile_that_holds_is_in_a_shadow_from_its_moment_on(city: City) -> None:
    """With it the visit's number stands elsewhere, and a code has a meaning: both follow in a shadow with no file."""
    leaves(city, "ZZ", 90)
    in_force(city, VISITS, MAPS_ZZ)
    asyncio.run(city.completing.at_start())
    city._desks[FEED].judge_by(partial(city.translator.readings.versions.at, FEED))  # as every door does
    city.hear("A01", local_id="L95", nhs_number="", pv1={5: "V95", 19: "W95"})
    city.work()
    publish(city)
    built(city)
    told = telling_apart.compare(city.settings, "next")
    assert (differences(city), told.left_out) == ([], {})
