"""A whole day of the city, made once."""

import pytest

from ascbridge.simulator.day import a_day
from ascbridge.simulator.schedule import Schedule


@pytest.fixture(scope="session")
def whole_day() -> Schedule:
    return a_day(1)


@pytest.fixture(scope="session")
def small_day() -> Schedule:
    return a_day(1, scale=0.1)
