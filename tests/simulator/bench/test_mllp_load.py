"""The load: every message a new one that the door lets in, and each connection waits for its answer."""

import asyncio
import itertools

import pytest

from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.sources import hospital_adt
from ascbridge.simulator.bench.mllp_load import PEOPLE, Messages, closed_loop, steady
from tests.simulator.mllp_server import MllpServer, answered

NOON = 1_772_539_200_000


def test_messages_are_three_a_stay_and_all_different():
    raws = [raw[1:-2] for raw in itertools.islice(Messages("A", NOON), PEOPLE * 6)]
    triggers = [raw.split(b"|")[8][:7] for raw in raws]
    assert [triggers[n * PEOPLE] for n in range(6)] == [b"ADT^A01", b"ADT^A16", b"ADT^A03"] * 2
    assert len({raw.split(b"|")[9] for raw in raws}) == len(raws)
    visits = {raw.split(b"PV1|")[1].split(b"|")[18] for raw in raws}
    assert len(visits) == PEOPLE * 2


def test_the_door_lets_every_one_in():
    profile = read("itk-v24")
    for raw in itertools.islice(Messages("A", NOON), PEOPLE * 3):
        hospital_adt.check(raw[1:-2], profile)


def test_two_runs_share_no_visit():
    first = {raw.split(b"PV1|")[1].split(b"|")[18] for raw in itertools.islice(Messages("A", NOON), 50)}
    other = {raw.split(b"PV1|")[1].split(b"|")[18] for raw in itertools.islice(Messages("B", NOON), 50)}
    assert first & other == set()


async def test_each_message_waits_for_its_answer_and_is_counted():
    async with MllpServer() as server:
        measured = await closed_loop(
            server.port, iter(Messages("A", NOON)), connections=3, seconds=30, most=60
        )
        assert (len(measured.waits), len(server.heard), server.connections) == (60, 60, 3)
    assert measured.refused == 0
    assert measured.rate > 0


async def test_refusals_are_counted():
    async with MllpServer(lambda raw: answered(raw, "AE")) as server:
        measured = await closed_loop(
            server.port, iter(Messages("A", NOON)), connections=1, seconds=30, most=5
        )
    assert measured.refused == 5


async def test_a_receiver_that_hangs_up_is_a_fault():
    async with MllpServer(lambda raw: None) as server:
        with pytest.raises(ConnectionError):
            await closed_loop(server.port, iter(Messages("A", NOON)), connections=1, seconds=30, most=5)


async def test_a_steady_load_goes_on_until_it_is_told_to_stop():
    stop = asyncio.Event()
    async with MllpServer(lambda raw: stop.set() or answered(raw)) as server:
        sent = await steady(server.port, iter(Messages("A", NOON)), rate=1000, stop=stop)
        assert sent == len(server.heard) == 1
