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

# Both machines that run this have two cores shared with servers, so a slow example is no fault of ours.
settings.register_profile("dev", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# In CI the same examples each time: a failure there must fail again on a person's machine.
settings.register_profile("ci", parent=settings.get_profile("dev"), max_examples=200, derandomize=True)
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
