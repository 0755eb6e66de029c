"""A feed's profile is changed while messages come in: refused, asked for, signed, put in force, rolled back."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import orjson
import pytest
from sqlalchemy import select

from ascbridge.intake.agreed import profiles
from ascbridge.intake.agreed.profile_versions import latest
from ascbridge.intake.agreed.profiles_in_force import ProfilesInForce
from ascbridge.intake.doors.mllp_listener import MllpListener
from ascbridge.intake.hl7v2.mllp import frame
from ascbridge.intake.reading.map_versions import MapRow
from ascbridge.operations.changing import feed_profiles
from ascbridge.operations.changing.feed_profiles import LEAD_MS, CannotChange
from ascbridge.operations.mending import completing, mapping
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import audit, event_log, message
from tests.intake.messages import adt
from tests.intake.revised import itk
from tests.operations.mending.test_completing import leaves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.intake.keeping.inbox import Arrival
    from tests.web.city import City

OLA = Actor("Ola Green", "it-operations", "work", sign_in="a")
NIA = Actor("Nia Brown", "it-operations", "work", sign_in="b")
FEED = "itk-v24"
MAPS_ZZ = ("[codes.discharge_method]", '[codes.discharge_method]\nZZ = "1"')
VISITS = ('visit_number = ["PV1-19.1"]', 'visit_number = ["PV1-5.1"]')
MAPS_YY = ("[codes.discharge_method]", '[codes.discharge_method]\nYY = "2"')


def asked(city: City, text: str, why: str = "the sender confirmed it", who: Actor = OLA) -> int:
    ask = partial(feed_profiles.ask, translator=city.translator, text=text, who=who, why=why)
    return city.bridge.write_now(lambda c: ask(c, now_ms=city.clock.at_ms))[1]


def signed(city: City, number: int, who: Actor = NIA) -> None:
    city.bridge.write_now(
        lambda c: feed_profiles.sign(c, city.translator, FEED, number, who, city.clock.at_ms)
    )


def active(city: City, number: int) -> None:
    """Put a version in force, and let it hold."""
    city.bridge.write_now(
        lambda c: feed_profiles.activate(c, city.translator, FEED, number, NIA, city.clock.at_ms)
    )
    city.clock.at_ms += LEAD_MS


def rolled_back(city: City) -> int:
    number = city.bridge.write_now(
        lambda c: feed_profiles.roll_back(c, city.translator, FEED, NIA, "wrong", city.clock.at_ms)
    )
    city.clock.at_ms += LEAD_MS
    return number


def in_force(city: City, *changes: tuple[str, str]) -> int:
    number = asked(city, itk(*changes))
    signed(city, number)
    active(city, number)
    return number


def said(city: City, text: str) -> tuple[str, ...]:
    """What is wrong with a text."""
    with pytest.raises(CannotChange) as caught:
        asked(city, text)
    return caught.value.lines


def stamps(city: City) -> list[str]:
    """By what the discharge of each person says that it was read, in the order in which they were received."""
    rows = [row for row in city.rows(event_log) if "patient-discharged" in row.headers]
    return [orjson.loads(row.headers)["ce_readby"] for row in rows]


async def test_it_is_signed_by_a_second_person_holds_from_a_moment_on_and_is_rolled_back(
    empty_city: City,
) -> None:
    city = empty_city
    leaves(city, "ZZ")
    number = asked(city, itk(MAPS_ZZ))
    (version,) = city.bridge.read_now(latest)
    assert version.said == "of the last 1 messages of a day 1 would be read otherwise"
    with pytest.raises(CannotChange, match="second person"):
        signed(city, number, OLA)
    with pytest.raises(CannotChange, match="Nobody signed"):
        active(city, number)
    signed(city, number)
    leaves(city, "ZZ", 2)
    assert await city.completing.parked() == 0  # signed is not in force
    active(city, number)
    assert await city.completing.parked() == 2
    leaves(city, "ZZ", 3)
    assert city.bridge.read_now(completing.not_mapped) == ()
    own, later = (
        f"{FEED}@{text[:12]}"
        for text in (city.profiles[FEED].text_sha256, profiles.parse(itk(MAPS_ZZ), "x").text_sha256)
    )
    assert stamps(city)[-1] == later
    assert {one.partition("+")[0] for one in stamps(city)[:-1]} == {own}
    assert rolled_back(city) == 0
    leaves(city, "ZZ", 4)
    assert stamps(city)[-1] == own
    assert [one.messages for one in city.bridge.read_now(completing.not_mapped)] == [1]
    done = [row.what for row in city.rows(audit) if row.what.startswith("feed profile")]
    assert done == [
        "feed profile asked to change", "feed profile signed", "feed profile in force", "feed profile rolled back",
    ]  # fmt: skip


def test_everything_that_is_wrong_is_said_at_once(empty_city: City) -> None:
    city = empty_city
    row = MapRow(FEED, "discharge_method", "QQ", "1")
    city.bridge.write_now(lambda c: mapping.ask(c, city.translator, row, OLA, "x", 1))
    lines = said(
        city,
        itk(
            ('authority = "', 'authority = "X'),
            ("[meaning]", "[files]\nsettle_seconds = 5\n[meaning]"),
            signed=False,
        ),
    )
    assert len(lines) == 4
    for words in ("feed.authority", "files.settle_seconds", "not signed as it stands", "code map waits"):
        assert any(words in line for line in lines), words
    assert city.bridge.read_now(latest) == ()


def test_what_is_no_profile_of_a_feed_here_is_refused(empty_city: City) -> None:
    assert "not TOML" in said(empty_city, "x =")[0]
    assert "no such feed" in said(empty_city, itk(('name = "itk-v24"', 'name = "nowhere"')))[0].replace(
        "feed 'nowhere'", "such feed"
    )
    assert said(empty_city, itk()) == ("this is what holds",)
    assert "characters" in said(empty_city, "#" * 300_000)[0]
    with pytest.raises(CannotChange, match="Say why"):
        asked(empty_city, itk(MAPS_ZZ), why="")


def test_a_signed_profile_in_place_of_an_unsigned_one_needs_a_restart(empty_city: City) -> None:
    file = empty_city.profiles[FEED].model_copy(update={"signed_off": None})
    empty_city.translator.relearn({FEED: file})
    assert any("go live" in line for line in said(empty_city, itk(MAPS_ZZ)))


def test_what_holds_changed_meanwhile_and_nothing_is_signed_or_put_in_force(empty_city: City) -> None:
    city = empty_city
    first, second, third = (
        asked(city, itk(MAPS_ZZ)),
        asked(city, itk(MAPS_YY)),
        asked(city, itk(MAPS_YY, MAPS_ZZ)),
    )
    signed(city, first)
    signed(city, second)
    city.bridge.write_now(
        lambda c: feed_profiles.activate(c, city.translator, FEED, first, NIA, city.clock.at_ms)
    )
    with pytest.raises(CannotChange, match="changed since"):  # though it does not hold yet
        active(city, second)
    city.clock.at_ms += LEAD_MS
    with pytest.raises(CannotChange, match="changed since"):
        signed(city, third)
    with pytest.raises(CannotChange, match="held already"):
        active(city, first)


def test_it_is_refused_with_a_reason_and_never_once_it_held(empty_city: City) -> None:
    city = empty_city

    def refuse(number: int, why: str = "no") -> None:
        city.bridge.write_now(lambda c: feed_profiles.refuse(c, FEED, number, NIA, why, 9))

    number = asked(city, itk(MAPS_ZZ))
    with pytest.raises(CannotChange, match="Say why"):
        refuse(number, "")
    refuse(number)
    with pytest.raises(CannotChange, match="decided already"):
        signed(city, number)
    with pytest.raises(CannotChange, match="decided already"):
        refuse(in_force(city, MAPS_YY))
    with pytest.raises(CannotChange, match="no such version"):
        refuse(77)


def test_rolled_back_again_and_again_it_ends_with_the_file(empty_city: City) -> None:
    city = empty_city
    assert [in_force(city, MAPS_ZZ), in_force(city, MAPS_ZZ, MAPS_YY)] == [1, 2]
    assert [rolled_back(city), rolled_back(city)] == [1, 0]
    with pytest.raises(CannotChange, match="nothing to roll back"):
        rolled_back(city)


async def test_killed_between_signing_and_putting_in_force_nothing_holds_and_both_can_be_done_after(
    empty_city: City,
) -> None:
    city = empty_city
    number = asked(city, itk(MAPS_ZZ))
    signed(city, number)
    city._build()  # a process that was killed: all it knows is in the database
    leaves(city, "ZZ")
    await city.completing.at_start()
    assert len(city.bridge.read_now(completing.not_mapped)) == 1
    active(city, number)
    city._build()  # and killed before it completed anything
    await city.completing.at_start()
    assert city.bridge.read_now(completing.not_mapped) == ()


async def test_eight_open_connections_go_on_over_an_activation_and_a_roll_back(empty_city: City) -> None:
    """None is dropped, and each message is read by just the version that held when it was received."""
    city = empty_city
    desk, door = city._desks[FEED], ProfilesInForce(city.profiles, city.clock.now_ms)
    desk.judge_by(partial(door.at, FEED))

    def keep(arrivals: Sequence[Arrival]) -> list[list[bytes]]:
        return desk.answers(desk.keep_in_files(city.keys, city.kept, arrivals))

    listener = MllpListener(
        feed=FEED, max_frame_bytes=100_000, idle_seconds=60.0, keep=keep, refuse=desk.not_now
    )
    port = await listener.start("127.0.0.1", 0, None)
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
    sent = 0

    async def each_sends() -> None:
        nonlocal sent
        for reader, writer in lines:
            sent += 1
            city.clock.at_ms += 1
            raw = adt(
                "A03",
                control_id=f"C{sent}",
                local_id=f"L{sent}",
                visit=f"V{sent}",
                nhs_number="",
                pv1={36: "1", 37: "19", 5: f"W{sent}"},
            )
            writer.write(frame(raw))
            assert f"MSA|AA|C{sent}".encode() in await asyncio.wait_for(reader.readuntil(b"\x1c\r"), 60)

    await each_sends()
    number = asked(city, itk(VISITS))
    signed(city, number)
    city.bridge.write_now(
        lambda c: feed_profiles.activate(c, city.translator, FEED, number, NIA, city.clock.at_ms)
    )
    from_ms = city.clock.at_ms + LEAD_MS
    city.bridge.read_now(door.adopt)  # within the lead, as every process does
    await each_sends()
    city.clock.at_ms = from_ms - 4  # half of the next before it holds, half after
    await each_sends()
    city.work()  # nothing was understood before: those received earlier are still read by the file
    rolled_back(city)
    city.bridge.read_now(door.adopt)
    await each_sends()
    city.work()
    received = {row.message_id: row.received_ms for row in city.rows(message)}
    by = [
        (received[orjson.loads(row.headers)["ce_correlationid"]], orjson.loads(row.headers)["ce_readby"])
        for row in city.rows(event_log) if "patient-discharged" in row.headers
    ]  # fmt: skip
    assert len(by) == sent == 32
    own = f"{FEED}@{city.profiles[FEED].text_sha256[:12]}"
    later = f"{FEED}@{profiles.parse(itk(VISITS), 'x').text_sha256[:12]}"
    assert [stamp for _, stamp in sorted(by)] == [own] * 19 + [later] * 5 + [own] * 8
    assert all((stamp == later) == (from_ms <= at_ms < from_ms + LEAD_MS) for at_ms, stamp in by)
    for _, writer in lines:
        assert not writer.is_closing()
        writer.close()
    await listener.stop()
    assert city.bridge.read_now(lambda c: list(c.execute(select(message.c.outcome).distinct()))) == [
        ("kept",)
    ]
