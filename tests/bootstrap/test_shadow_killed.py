"""A shadow whose builder is killed at any moment is gone on with, and is what it would have been without."""

from __future__ import annotations

import multiprocessing
import signal
from typing import TYPE_CHECKING

import pytest

from ascbridge.bootstrap.shadow import telling_apart, time_machine
from ascbridge.operations.shadow import shadows
from tests.bootstrap import killed_builder
from tests.bootstrap.shadowed import Still, city, differences, publish, work_on

if TYPE_CHECKING:
    from tests.web.city import City

__all__ = ["city"]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("lasting", [False, True], ids=["before it lasts", "after it lasts"])
def test_it_goes_on_after_a_kill_at_any_transaction(city: City, lasting: bool) -> None:  # noqa: FBT001  # a parameter
    work_on(city)
    publish(city)
    time_machine.plan(city.settings, "next")
    for dies_at in (3, 9, 17, 5):
        process = multiprocessing.get_context("spawn").Process(
            target=killed_builder.build, args=(city.settings, "next", dies_at, lasting)
        )
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL
    progress = time_machine.build(city.settings, shadows.find(city.folder, "next"), pace=Still)
    assert (progress.state, progress.done) == ("built", progress.messages)
    told = telling_apart.compare(city.settings, "next")
    assert (differences(city), told.left_out) == ([], {})
