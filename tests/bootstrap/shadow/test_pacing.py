"""A shadow gives way to the running bridge, and keeps to its rate."""

from __future__ import annotations

from ascbridge.bootstrap.shadow import pacing


def test_it_gives_way_while_the_running_bridge_is_behind() -> None:
    waits = iter([900, 400, 0])
    slept: list[float] = []

    class Live:
        def read_now(self, _: object) -> int:
            return next(waits)

    time = [10.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time[0] += seconds

    pace = pacing.GivesWay(Live(), 0, sleep, lambda: time[0])  # type: ignore[arg-type]  # as much of it as is asked
    pace.rest(250)
    assert len(slept) == 2
    slow = pacing.GivesWay(Live(), 100, sleep, lambda: time[0])  # type: ignore[arg-type]  # as above
    slow._looked = time[0] + 1_000
    slow.rest(250)
    slow.rest(250)
    assert sum(slept[2:]) >= 3.9
