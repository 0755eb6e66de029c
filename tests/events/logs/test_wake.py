"""One process wakes another, and nobody minds when there is nobody to wake."""

from pathlib import Path

from ascbridge.events.logs.wake import Waker, WakeSocket
from tests.events.machines import until


async def test_a_call_is_heard_however_often_it_is_made(tmp_path: Path) -> None:
    heard: list[int] = []
    place = WakeSocket(tmp_path / "wake", lambda: heard.append(1))
    place.open()
    waker = Waker(tmp_path / "wake")
    for _ in range(20):
        waker.wake()
    await until(lambda: heard)
    heard.clear()
    waker.wake()
    await until(lambda: heard)
    waker.close()
    place.close()
    assert not (tmp_path / "wake").exists()


async def test_a_call_that_nobody_hears_costs_nothing(tmp_path: Path) -> None:
    waker = Waker(tmp_path / "nobody")
    waker.wake()
    waker.close()


async def test_so_many_calls_that_the_socket_is_full_do_not_hold_up_the_caller(tmp_path: Path) -> None:
    heard: list[int] = []
    place = WakeSocket(tmp_path / "wake", lambda: heard.append(1))
    place.open()
    waker = Waker(tmp_path / "wake")
    for _ in range(5_000):
        waker.wake()  # the event loop does not run meanwhile, so nothing is taken out
    await until(lambda: heard)
    waker.close()
    place.close()


async def test_a_place_left_by_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    heard: list[str] = []
    dead = WakeSocket(tmp_path / "wake", lambda: heard.append("dead"))
    dead.open()
    alive = WakeSocket(tmp_path / "wake", lambda: heard.append("alive"))
    alive.open()
    alive.open()  # again is the same
    waker = Waker(tmp_path / "wake")
    waker.wake()
    await until(lambda: heard)
    assert heard == ["alive"]
    waker.close()
    alive.close()
    dead.close()


def test_where_no_socket_can_be_the_reader_does_without(tmp_path: Path) -> None:
    place = WakeSocket(tmp_path / ("x" * 200), lambda: None)
    place.open()  # a path too long for a Unix socket
    place.close()
    assert list(tmp_path.iterdir()) == []
