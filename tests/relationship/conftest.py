"""The city of the pages: relationships are read from what it was told."""

from tests.web.conftest import afternoon, app, city, empty_city, somebody

__all__ = ["afternoon", "app", "city", "empty_city", "somebody"]
