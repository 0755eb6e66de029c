"""The same bridge on both stacks, so that one test file tells of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.bridge import Bridge, on_kafka, on_sqlite
from tests.needs import require
from tests.servers import kafka

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOTH = ["sqlite", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.postgres])]


@pytest.fixture(params=BOTH)
def bridge(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bridge]:
    """Give a running bridge, with a broker of its own where it needs one."""
    if request.param == "sqlite":
        made = on_sqlite(tmp_path)
        made.start()
        yield made
        _end(made)
        return
    require(not kafka.missing(), kafka.missing())
    url = request.getfixturevalue("postgres_url")
    with kafka.KafkaServer() as broker:
        made = on_kafka(tmp_path, broker.bootstrap, url)
        made.start()
        yield made
        _end(made)


def _end(bridge: Bridge) -> None:
    if bridge.processes:
        bridge.kill()
