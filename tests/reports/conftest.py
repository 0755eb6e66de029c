"""Fixtures: a front door in memory and on both real databases, whose figures are looked at."""

from tests.frontdoor.conftest import bench, real_bench

__all__ = ["bench", "real_bench"]
