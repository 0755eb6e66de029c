"""Playing a schedule: everything once, in order, at its shown time, into a real socket and a real folder."""

import asyncio

from ascbridge.simulator.city_concerns import ConcernsFile
from ascbridge.simulator.council import FactsFile
from ascbridge.simulator.hospital_sender import HospitalSender
from ascbridge.simulator.pace import AtOnce
from ascbridge.simulator.player import MOST_AT_ONCE, Player, drop, steps
from ascbridge.simulator.schedule import Schedule, Send
from tests.simulator.mllp_server import MllpServer

MINUTE = 60_000


def a_message(at_ms: int, n: int) -> Send:
    return Send(
        at_ms, f"MSH|^~\\&|PAS|RKB|ROUTE|RKB|20260303||ADT^A28|P{n}|P|2.4\r".encode(), f"U{n % 7}", "AA"
    )


def a_schedule(sends: int = 300) -> Schedule:
    return Schedule(
        start_ms=0,
        end_ms=400 * MINUTE,
        sends=tuple(a_message(n * MINUTE, n) for n in range(sends)),
        files=(FactsFile(0, "first", (b"{}", b"[]")), FactsFile(150 * MINUTE, "second", (b"{}",))),
        rounds=(100 * MINUTE, 200 * MINUTE, 350 * MINUTE),
        journeys=(),
        concerns=(ConcernsFile(120 * MINUTE, "concerns-1", (b"{}",), raised=("1",)),),
    )


class Watching:
    """Stands for the team and for the display: remembers when it was told what."""

    def __init__(self, server: MllpServer) -> None:
        self.server = server
        self.rounds: list[tuple[int, int]] = []
        self.times: list[int] = []

    async def round(self, now_ms: int) -> None:
        self.rounds.append((now_ms, len(self.server.heard)))

    def at(self, shown_ms: int) -> None:
        self.times.append(shown_ms)


async def played(tmp_path, schedule: Schedule, stop: asyncio.Event | None = None):
    async with MllpServer() as server:
        pace, sender, watching = AtOnce(tmp_path / "clock.json", 0), None, Watching(server)
        sender = HospitalSender("127.0.0.1", server.port)
        player = Player(
            pace=pace,
            sender=sender,
            facts_folder=tmp_path / "facts",
            concerns_folder=tmp_path / "concerns",
            team=watching,
            watcher=watching,
        )
        try:
            await player.play(schedule, stop or asyncio.Event())
        finally:
            await sender.close()
        return server, watching, sender.answers


async def test_everything_is_played_once_and_rounds_come_after_what_was_due_before_them(tmp_path):
    schedule = a_schedule()
    server, watching, answers = await played(tmp_path, schedule)
    assert sorted(server.heard) == sorted(one.raw for one in schedule.sends)
    assert (answers.kept, answers.complaints) == (300, [])
    assert watching.rounds == [(100 * MINUTE, 101), (200 * MINUTE, 201), (350 * MINUTE, 300)]
    assert {path.name for path in (tmp_path / "facts").iterdir()} == {"first.jsonl", "second.jsonl"}
    assert [path.name for path in (tmp_path / "concerns").iterdir()] == ["concerns-1.jsonl"]
    assert watching.times == sorted(watching.times)
    assert watching.times[-1] == schedule.end_ms


async def test_it_stops_when_told_to(tmp_path):
    stop = asyncio.Event()
    stop.set()
    server, watching, _ = await played(tmp_path, a_schedule(), stop)
    assert (server.heard, watching.times) == ([], [])


def test_a_batch_is_no_longer_than_its_window_and_no_bigger_than_its_limit():
    batches = [step for step in steps(a_schedule(), 10 * MINUTE) if isinstance(step, list)]
    assert max(batch[-1].at_ms - batch[0].at_ms for batch in batches) <= 10 * MINUTE
    crowd = Schedule(0, 1, tuple(a_message(0, n) for n in range(250)), (), (), ())
    assert [len(batch) for batch in steps(crowd, 0)] == [MOST_AT_ONCE, MOST_AT_ONCE, 50]


def test_steps_hold_everything_in_order_of_time():
    found = list(steps(a_schedule(), 30 * MINUTE))
    assert sum(len(step) for step in found if isinstance(step, list)) == 300
    assert [step for step in found if isinstance(step, int)] == [100 * MINUTE, 200 * MINUTE, 350 * MINUTE]
    assert isinstance(found[0], FactsFile)


def test_a_file_is_whole_when_it_has_its_name(tmp_path):
    drop(tmp_path, FactsFile(0, "facts", (b'{"a":1}', b'{"b":2}')))
    assert [path.name for path in tmp_path.iterdir()] == ["facts.jsonl"]
    assert (tmp_path / "facts.jsonl").read_bytes() == b'{"a":1}\n{"b":2}\n'
