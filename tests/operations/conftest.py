"""The same invented city as the pages' tests."""

from tests.web.conftest import afternoon, city, empty_city

__all__ = ["afternoon", "city", "empty_city"]
