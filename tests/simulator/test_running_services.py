"""The services for many machines, all on this one: what is told where they cannot start."""

import pytest

from ascbridge.simulator.running_bridge import NotStarted
from ascbridge.simulator.running_services import RunningServices


async def test_servers_that_are_not_there_are_told(tmp_path) -> None:
    services = RunningServices(
        tmp_path / "data", database_url="postgresql+asyncpg://nobody@127.0.0.1:9/none", kafka="127.0.0.1:9"
    )
    with pytest.raises(NotStarted, match="ascbridge migrate"):
        async with services:
            pass
    assert (tmp_path / "data" / "master.key").exists()
    assert services.pids == []


def test_each_service_is_there_as_often_as_was_asked_for(tmp_path) -> None:
    services = RunningServices(tmp_path, database_url="x", kafka="y", workers=2)
    assert sorted(services._names) == [
        "discharge-1", "discharge-2", "intake-1", "intake-2", "record-1", "record-2", "web-1",
    ]  # fmt: skip
