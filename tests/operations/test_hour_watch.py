"""In a city where nothing was dropped nothing is missing. The drops: `tests/bootstrap/test_closing_hours.py`."""

from ascbridge.operations.hour_watch import HourWatch
from tests.web.city import MINUTE, City


async def test_nothing_is_missing_of_an_afternoon(city: City) -> None:
    watch = HourWatch(city.bridge, city.log, city.readers, "translator", leaves_to_others=0)
    now_ms = city.clock.now_ms()
    assert await watch.missing(now_ms - 6_000 * MINUTE, now_ms) == []
