"""A row is added to a code map from the screen: asked for, tried out, signed by a second person, completed, taken back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson
import pytest

from ascbridge.intake.doors.mllp_listener import MllpListener
from ascbridge.intake.hl7v2.mllp import frame
from ascbridge.intake.reading import unlearning
from ascbridge.intake.reading.map_versions import MapRow, latest
from ascbridge.operations.flowing.balance import ledgers
from ascbridge.operations.mending import completing, mapping
from ascbridge.operations.mending.mapping import CannotMap
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import event_log, spell, task
from tests.intake.messages import adt
from tests.operations.mending.test_completing import leaves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.intake.keeping.inbox import Arrival
    from ascbridge.intake.reading.translator import Translator
    from tests.web.city import City

ROW = MapRow("itk-v24", "discharge_method", "ZZ", "1")
WRONG = MapRow("itk-v24", "discharge_method", "1", "2")
OLA = Actor("Ola Green", "it-operations", "work", sign_in="a")
NIA = Actor("Nia Brown", "it-operations", "work", sign_in="b")


def asked(city: City, row: MapRow = ROW, why: str = "the sender confirmed it") -> int:
    return city.bridge.write_now(lambda c: mapping.ask(c, city.translator, row, OLA, why, city.clock.at_ms))


def signed(city: City, number: int, who: Actor = NIA) -> None:
    city.bridge.write_now(
        lambda c: mapping.sign(c, city.translator, "itk-v24", number, who, city.clock.at_ms)
    )


async def test_a_row_is_tried_out_signed_by_a_second_person_and_completes_what_waited(
    empty_city: City,
) -> None:
    city = empty_city
    leaves(city, "ZZ")
    leaves(city, "ZZ", 2)
    leaves(city, "YY", 3)
    number = asked(city)
    (version,) = city.bridge.read_now(latest)
    assert version.said == (
        "2 messages of 2 patients wait for this code; of 2 that were tried out 2 would be complete"
    )
    assert await city.completing.parked() == 0  # asked for is not in force
    with pytest.raises(CannotMap, match="second person"):
        signed(city, number, OLA)
    signed(city, number)
    assert await city.completing.parked() == 2
    assert [one.codes for one in city.bridge.read_now(completing.not_mapped)] == ["discharge_method YY"]
    leaves(city, "ZZ", 4)
    assert [one.messages for one in city.bridge.read_now(completing.not_mapped)] == [1]
    (version,) = city.bridge.read_now(latest)
    assert (version.state, version.made_by, version.decided_by) == ("in force", "Ola Green", "Nia Brown")


def test_who_asked_cannot_sign_under_another_name_of_one_sign_in(empty_city: City) -> None:
    number = asked(empty_city)
    with pytest.raises(CannotMap, match="second person"):
        signed(empty_city, number, Actor("Somebody Else", "it-operations", "work", sign_in="a"))


async def test_after_a_restart_it_holds_and_what_was_not_completed_yet_is(empty_city: City) -> None:
    city = empty_city
    leaves(city, "ZZ")
    signed(city, asked(city))
    city._build()  # a process that was killed before it completed anything
    await city.completing.at_start()
    assert city.bridge.read_now(completing.not_mapped) == ()


async def test_taken_back_in_one_step_the_code_parks_again(empty_city: City) -> None:
    city = empty_city
    number = asked(city)
    signed(city, number)
    leaves(city, "ZZ")
    assert city.bridge.read_now(completing.not_mapped) == ()
    city.bridge.write_now(lambda c: mapping.refuse(c, "itk-v24", number, NIA, "the sender was wrong", 5))
    leaves(city, "ZZ", 2)
    assert [one.messages for one in city.bridge.read_now(completing.not_mapped)] == [1]
    city._build()  # killed before what was read by it was read again
    await city.completing.at_start()
    assert [one.messages for one in city.bridge.read_now(completing.not_mapped)] == [2]
    assert city.bridge.read_now(latest)[0].state == "taken back"
    city.work()
    (hospital,) = (one for one in city.bridge.read_now(ledgers) if one.feed == "itk-v24")
    assert (hospital.kept, hospital.adds_up) == (2, True)


async def test_a_row_that_said_otherwise_of_a_code_is_unlearned_too(empty_city: City) -> None:
    """Nothing shows on such a message: it has no code that is not mapped, with the row and without."""
    city = empty_city
    leaves(city, "1")
    city.clock.at_ms += 1
    number = asked(city, WRONG)
    assert "of the newest 1 messages of the last 31 days 1 would be read otherwise" in (
        city.bridge.read_now(latest)[0].said
    )
    signed(city, number)
    leaves(city, "1", 2)
    assert methods(city) == ["1", "2"]
    city.bridge.write_now(lambda c: mapping.refuse(c, "itk-v24", number, NIA, "the wrong row", 5))
    await city.completing.at_start()
    city.work()
    assert methods(city) == ["1", "2", "1"]  # the second is said again, by the map of before
    assert [row.state for row in city.bridge.read_now(latest)] == ["taken back"]
    await city.completing.at_start()
    assert methods(city) == ["1", "2", "1"]


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("at", [1, 2])
async def test_killed_in_the_middle_of_unlearning_it_ends_where_it_would_have(
    empty_city: City, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """It begins anew: what was read again already is said again, which changes nothing, and nothing is left out."""
    city = empty_city
    number = asked(city, WRONG)
    signed(city, number)
    for person in (1, 2, 3):
        leaves(city, "1", person)
    assert methods(city) == ["2", "2", "2"]
    city.bridge.write_now(lambda c: mapping.refuse(c, "itk-v24", number, NIA, "the wrong row", 5))
    portions = 0

    def one_by_one(
        connection: Connection, translator: Translator, row: MapRow, since_ms: int, after: str
    ) -> str:
        nonlocal portions
        portions += 1
        last = unlearning.unlearn(connection, translator, row, since_ms, after, at_once=1)
        if portions > at:
            raise Killed  # with a portion under way, which is not committed
        return last

    monkeypatch.setattr(completing, "unlearn", one_by_one)
    with pytest.raises(Killed):
        await city.completing.at_start()
    monkeypatch.undo()
    assert methods(city) == ["2", "2", "2", *["1"] * at]
    assert city.bridge.read_now(latest)[0].state == "being taken back"
    city._build()
    await city.completing.at_start()
    city.work()
    assert city.bridge.read_now(latest)[0].state == "taken back"
    assert methods(city)[3 + at :] == ["1"] * 3
    assert len(city.rows(spell)) == 3
    (hospital,) = (one for one in city.bridge.read_now(ledgers) if one.feed == "itk-v24")
    assert (hospital.kept, hospital.adds_up) == (3, True)
    tasks = len(city.rows(task))
    before = methods(city)
    await city.completing.at_start()
    city.work()
    assert (len(city.rows(task)), methods(city)) == (tasks, before)


async def test_a_senders_open_connection_goes_on_over_a_signed_row(empty_city: City) -> None:
    city = empty_city
    desk = city._desks["itk-v24"]

    def keep(arrivals: Sequence[Arrival]) -> list[list[bytes]]:
        return desk.answers(desk.keep_in_files(city.keys, city.kept, arrivals))

    listener = MllpListener(
        feed="itk-v24", max_frame_bytes=100_000, idle_seconds=60.0, keep=keep, refuse=desk.not_now
    )
    port = await listener.start("127.0.0.1", 0, None)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def said(number: int) -> bytes:
        raw = adt(
            "A03", control_id=f"C{number}", local_id=f"L{number}", visit=f"V{number}", nhs_number="",
            pv1={36: "ZZ", 37: "19"},
        )  # fmt: skip
        writer.write(frame(raw))
        return await asyncio.wait_for(reader.readuntil(b"\x1c\r"), 60)

    assert b"MSA|AA|C1" in await said(1)
    city.work()
    signed(city, asked(city))
    assert await city.completing.parked() == 1
    assert b"MSA|AA|C2" in await said(2)  # on the very connection of before
    city.work()
    assert city.bridge.read_now(completing.not_mapped) == ()
    writer.close()
    await listener.stop()


def test_a_map_that_changed_meanwhile_is_not_signed(empty_city: City) -> None:
    first, second = asked(empty_city), asked(empty_city, MapRow("itk-v24", "discharge_method", "YY", "1"))
    signed(empty_city, second)
    with pytest.raises(CannotMap, match="changed since"):
        signed(empty_city, first)


@pytest.mark.parametrize(
    "row, why, said",
    [
        (MapRow("nowhere", "discharge_method", "ZZ", "1"), "x", "no such feed"),
        (MapRow("itk-v24", "colour", "ZZ", "1"), "x", "no such list"),
        (MapRow("itk-v24", "discharge_method", "", "1"), "x", "as it is sent"),
        (MapRow("itk-v24", "discharge_method", "ZZ", "blue"), "x", "Choose"),
        (MapRow("itk-v24", "discharge_method", "1", "1"), "x", "already"),
        (ROW, "", "Say why"),
    ],
)
def test_what_makes_no_row_is_not_asked_for(empty_city: City, row: MapRow, why: str, said: str) -> None:
    with pytest.raises(CannotMap, match=said):
        asked(empty_city, row, why)
    assert empty_city.bridge.read_now(latest) == ()


def methods(city: City) -> list[str]:
    """What each event of a discharge says of how somebody left, in their order."""
    rows = [row for row in city.rows(event_log) if "patient-discharged" in row.headers]
    return [orjson.loads(row.value)["discharge_method"]["code"] for row in rows]


def stamps(city: City) -> set[str]:
    """By what the events of the discharge of each person say that they were read."""
    rows = city.rows(event_log)
    return {
        orjson.loads(row.headers).get("ce_readby", "") for row in rows if "patient-discharged" in row.headers
    }


async def test_every_event_says_by_which_profile_and_which_map_it_was_read(empty_city: City) -> None:
    city = empty_city
    leaves(city, "1")
    own = f"itk-v24@{city.profiles['itk-v24'].text_sha256[:12]}"
    assert stamps(city) == {own}
    signed(city, asked(city))
    (version,) = city.bridge.read_now(latest)
    leaves(city, "ZZ", 2)
    assert stamps(city) == {own, f"{own}+{version.sha256[:12]}"}
    every = {
        orjson.loads(row.headers).get("ce_readby", "") for row in city.rows(event_log) if row.topic == "task"
    }
    assert "" not in every  # what follows from a message says so too
