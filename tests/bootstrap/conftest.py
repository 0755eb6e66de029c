"""Settings on a data directory that is ready, with addresses that nobody else has."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import pytest

from ascbridge.bootstrap.commands import prepare
from ascbridge.config import Settings
from tests.bootstrap.erasures import Files, known
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Give a function that makes settings; sections are given as dictionaries."""

    def make(**values: object) -> Settings:
        own = {
            "data_dir": tmp_path / "data",
            "mllp": {"address": {"port": free_port()}},
            "http": {"address": {"port": free_port()}},
        }
        return Settings(**(own | values))  # type: ignore[arg-type]  # read by pydantic

    return make


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    made = make_settings()
    prepare(made)
    return made


@pytest.fixture(scope="session")
def once_used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a bridge that heard of one patient and stands still; made once, to be copied."""
    folder = tmp_path_factory.mktemp("once-used") / "data"
    own = {"mllp": {"address": {"port": free_port()}}, "http": {"address": {"port": free_port()}}}
    settings = Settings(data_dir=folder, **own)  # type: ignore[arg-type]  # read by pydantic
    prepare(settings)

    async def use() -> None:
        files = Files(settings)
        await known(settings, files)
        await files.close()

    asyncio.run(use())
    return folder


@pytest.fixture
def used(make_settings: Callable[..., Settings], once_used: Path) -> Settings:
    """Settings of a bridge that has heard of one patient, and stands still."""
    made = make_settings()
    shutil.copytree(once_used, made.data_dir, ignore=shutil.ignore_patterns("*.sock"))
    made.data_dir.chmod(0o700)
    return made
