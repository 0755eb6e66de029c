"""Shown time: it reaches what is due, never passes it, and never goes back."""

import time
from datetime import UTC, datetime

import pytest

from ascbridge.clock import Clock
from ascbridge.simulator import pace
from ascbridge.simulator.pace import NIGHT, AtOnce, Running, StepByStep

START = int(datetime(2026, 3, 3, 9, tzinfo=UTC).timestamp() * 1000)
EVENING = int(datetime(2026, 3, 3, 22, tzinfo=UTC).timestamp() * 1000)
MINUTE = 60_000


@pytest.mark.parametrize(
    "make",
    [
        lambda file: Running(file, START, 100_000),
        lambda file: AtOnce(file, START),
        lambda file: StepByStep(file, START, 0),
    ],
)
async def test_the_clock_file_shows_what_is_due_and_stands_still_there(tmp_path, make):
    one = make(tmp_path / "clock.json")
    clock = Clock.from_file(tmp_path / "clock.json")
    assert clock.now_ms() == one.shown_ms == START
    await one.until(START + 10 * MINUTE)
    assert clock.now_ms() == one.shown_ms == START + 10 * MINUTE
    await one.until(START + MINUTE)
    assert clock.now_ms() == START + 10 * MINUTE


class RealTime:
    """Stands for the machine's clock and for waiting: nobody waits, and both agree."""

    def __init__(self, monkeypatch) -> None:
        self.now_s = 100.0
        self.slept_s = 0.0
        monkeypatch.setattr(pace.time, "monotonic", lambda: self.now_s)
        monkeypatch.setattr(pace.asyncio, "sleep", self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.now_s += seconds
        self.slept_s += seconds


async def test_a_running_clock_takes_its_time(tmp_path, monkeypatch):
    real = RealTime(monkeypatch)
    one = Running(tmp_path / "clock.json", START, 600)
    await one.until(START + 2 * MINUTE)
    assert real.slept_s == pytest.approx(0.2, abs=0.01)


async def test_what_was_spent_on_sending_counts_and_shown_time_never_passes_what_is_due(
    tmp_path, monkeypatch
):
    real = RealTime(monkeypatch)
    one = Running(tmp_path / "clock.json", START, 600)
    real.now_s += 5
    await one.until(START + MINUTE)
    assert (real.slept_s, one.shown_ms) == (0, START + MINUTE)
    await one.until(START + 2 * MINUTE)
    assert real.slept_s == pytest.approx(0.1, abs=0.01)


async def test_the_night_goes_by_faster(tmp_path, monkeypatch):
    real = RealTime(monkeypatch)
    await Running(tmp_path / "clock.json", EVENING, 600).until(EVENING + 4 * MINUTE)
    assert real.slept_s == pytest.approx(0.4 / NIGHT, abs=0.01)


async def test_steps_take_the_same_time_whatever_lies_between_them(tmp_path, monkeypatch):
    real = RealTime(monkeypatch)
    one = StepByStep(tmp_path / "clock.json", START, 6)
    for due in (START + MINUTE, START + MINUTE, START + 3000 * MINUTE):
        await one.until(due)
    assert (real.slept_s, one.shown_ms) == (12, START + 3000 * MINUTE)


async def test_the_clock_can_be_let_go_and_then_passes_by_itself(tmp_path, monkeypatch):
    AtOnce(tmp_path / "clock.json", START).let_go()
    clock = Clock.from_file(tmp_path / "clock.json")
    before, real_ns = clock.now_ms(), time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: real_ns + 60_000_000_000)
    assert clock.now_ms() == pytest.approx(before + MINUTE, abs=2000)


def test_windows_say_how_much_may_be_played_at_once(tmp_path):
    file = tmp_path / "clock.json"
    assert Running(file, START, 200).window_ms == 20_000
    assert StepByStep(file, START, 5).window_ms == 0
