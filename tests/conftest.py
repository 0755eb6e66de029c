"""What every test shares: how hard hypothesis tries, and where the shared sample data lies."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.needs import require

pytest_plugins = ["tests.servers.fixtures"]

ROOT = Path(__file__).resolve().parent.parent

# The same examples each time, so that nothing fails by chance and what fails in CI fails again on a person's machine;
# `make fuzz` looks for new ones. How long an example takes, or how often one is thrown away, is no fault of ours.
CHANCE = [
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
]
settings.register_profile(
    "dev", max_examples=50, deadline=None, derandomize=True, suppress_health_check=CHANCE
)
settings.register_profile("ci", parent=settings.get_profile("dev"), max_examples=200)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")


@pytest.fixture(autouse=True)
def _logs_of_its_own() -> Iterator[None]:
    """Let no test log into the captured output of one before it."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of open sample data that lies beside the repository."""
    folder = ROOT.parent / "shared" / "data"
    require(folder.is_dir(), "the sample data in ../shared/data, beside the repository")
    return folder
