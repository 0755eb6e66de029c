"""The real servers as pytest fixtures, one of each for a run and all its workers, started when first asked for.

Tests share them: use topics, databases and resource ids of your own. To stop, kill or restart a server start your
own: `with KafkaServer() as kafka`. What a machine lacks is skipped with its reason; with CI=true it fails.
"""

import contextlib
import inspect
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.needs import require
from tests.servers import browser, hapi, kafka, postgres, validator
from tests.servers.keeper import shared_port


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let every test that speaks to Kafka close what aiokafka leaves open, after all its own fixtures."""
    speaks = item.get_closest_marker("kafka") and inspect.iscoroutinefunction(getattr(item, "function", None))
    if speaks and isinstance(item, pytest.Function):
        item.fixturenames.insert(0, "aiokafka_lines")


@pytest.fixture
async def aiokafka_lines() -> AsyncIterator[list[Any]]:
    """Give the connections that aiokafka makes during a test; none of them outlives it."""
    from tests.servers.aiokafka_lines import closed_at_the_end  # tests of one machine do without its driver

    async with closed_at_the_end() as lines:
        yield lines


@pytest.fixture(scope="session")
def servers_of_this_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def kafka_server(servers_of_this_run: Path) -> kafka.Kafka:
    require(not kafka.missing(), kafka.missing())
    return kafka.Kafka(shared_port("kafka", servers_of_this_run))


@pytest.fixture(scope="session")
def postgres_server(servers_of_this_run: Path) -> postgres.Postgres:
    require(not postgres.missing(), postgres.missing())
    return postgres.Postgres(shared_port("postgres", servers_of_this_run))


@pytest.fixture
def postgres_url(postgres_server: postgres.Postgres) -> Iterator[str]:
    """Give a database nobody has used yet, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def hapi_server(servers_of_this_run: Path) -> hapi.Hapi:
    require(not hapi.missing(), hapi.missing())
    return hapi.Hapi(shared_port("hapi", servers_of_this_run))


@pytest.fixture(scope="session")
def fhir_validator(servers_of_this_run: Path) -> Iterator[validator.ValidatorClient]:
    require(not validator.missing(), validator.missing())
    client = validator.ValidatorClient(shared_port("validator", servers_of_this_run))
    yield client
    client.close()


@pytest.fixture
def chromium() -> Iterator[Any]:
    """Give a browser for one test: playwright's sync API holds an event loop, which async tests could not share."""
    with started() as found:
        yield found


@contextlib.contextmanager
def started() -> Iterator[Any]:
    """Start a browser, and end it."""
    require(not browser.missing(), browser.missing())
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = browser.launch(playwright)
        yield made
        made.close()
