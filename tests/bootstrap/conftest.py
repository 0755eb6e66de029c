"""Settings on a data directory that is ready, with addresses that nobody else has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.bootstrap.commands import prepare
from ascbridge.config import Settings
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
