"""What every test shares: how hard hypothesis tries, and where the shared sample data lies."""

import os
import shutil
from collections.abc import Iterator
from functools import wraps
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from ascbridge.storage import migration
from ascbridge.storage.files import GROUPS, WALLED, sqlite_file
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


@pytest.fixture(scope="session", autouse=True)
def _migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let every new data directory be a copy of one that was migrated: migrating takes longer than most tests.

    tests/storage migrates in earnest, and so does every program that a test starts.
    """
    migrate, shipped = migration.upgrade_sqlite, migration.SCRIPTS
    once = tmp_path_factory.mktemp("migrated") / "data"

    @wraps(migrate)
    def copied(data_dir: Path, revision: str = "head") -> None:
        begun = any(sqlite_file(data_dir, group).exists() for group in (*GROUPS, WALLED))
        if begun or revision != "head" or shipped != migration.SCRIPTS:
            migrate(data_dir, revision)
            return
        if not once.exists():
            migrate(once)
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        for group in (*GROUPS, WALLED):
            shutil.copy(sqlite_file(once, group), sqlite_file(data_dir, group))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(migration, "upgrade_sqlite", copied)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of open sample data that lies beside the repository."""
    folder = ROOT.parent / "shared" / "data"
    require(folder.is_dir(), "the sample data in ../shared/data, beside the repository")
    return folder
