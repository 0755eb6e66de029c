"""The same bridge on both stacks, so that one test file tells of both; one of each for all journeys that only look on.

A journey that is given `bridge` counts from what it finds there, and its patients are nobody else's.
"""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING, cast

import pytest

from tests.journeys.bridge import Bridge, on_kafka, on_sqlite
from tests.needs import require
from tests.servers import kafka

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.postgres import Postgres

BOTH = ["sqlite", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.postgres])]
FOLDER = "journeys"


class Shared:
    """The bridges that run, by their stack. `close` ends them all; whoever asks again begins anew."""

    bootstrap: str
    """Where the broker is of the bridge on Kafka."""

    def __init__(self, config: pytest.Config, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._made: dict[str, Bridge] = {}
        self._ends = contextlib.ExitStack()
        config.stash[SHARED] = self

    def running(self, stack: str, request: pytest.FixtureRequest) -> Bridge:
        """Give the bridge on a stack, started anew where it was stopped."""
        if stack not in self._made:
            self._made[stack] = self._begin(stack, request)
        bridge = self._made[stack]
        if any(process.poll() is not None for process in bridge.processes):
            bridge.kill()
        if not bridge.processes:
            bridge.start()
        return bridge

    def _begin(self, stack: str, request: pytest.FixtureRequest) -> Bridge:
        folder = self._folders.mktemp(f"journeys-{stack}")
        if stack == "sqlite":
            made = on_sqlite(folder)
        else:
            require(not kafka.missing(), kafka.missing())
            server: Postgres = request.getfixturevalue("postgres_server")
            url = server.create_database(f"journeys_{uuid.uuid4().hex}")
            broker = self._ends.enter_context(kafka.KafkaServer())
            made = on_kafka(folder, broker.bootstrap, url)
            self.bootstrap = broker.bootstrap
        self._ends.callback(made.kill)
        return made

    def close(self) -> None:
        self._made.clear()
        self._ends.close()


SHARED = pytest.StashKey[Shared]()


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    made = Shared(pytestconfig, tmp_path_factory)
    yield made
    made.close()


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End the bridges with the last journey: they would only take the processor from what comes after."""
    if (nextitem is None or nextitem.path.parent.name != FOLDER) and SHARED in item.config.stash:
        item.config.stash[SHARED].close()


@pytest.fixture(params=BOTH)
def bridge(request: pytest.FixtureRequest, shared: Shared) -> Bridge:
    """Give a running bridge, which other journeys use too."""
    return shared.running(cast("str", request.param), request)
