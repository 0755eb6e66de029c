"""The desk's bench, on both real databases."""

from tests.discharge.conftest import real_bench

__all__ = ["real_bench"]
