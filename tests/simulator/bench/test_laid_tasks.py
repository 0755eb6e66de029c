"""Tasks laid down by copying: open and closed, each about somebody whose name opens."""

import orjson
import pytest

from ascbridge.access import Access
from ascbridge.discharge.lists import worklist
from ascbridge.discharge.lists.boards import tally
from ascbridge.discharge.lists.todays_changes import todays_changes
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.simulator.bench.laid_tasks import NothingToCopy, lay
from ascbridge.web.people.people_shown import people_shown
from tests.web.city import City, people_the_city


async def test_they_stand_on_every_list_and_their_people_are_named(tmp_path):
    city = City(tmp_path)
    people_the_city(city)
    before = city.bridge.read_now(lambda c: worklist.counts(c, Lists(city.clock.at_ms)))
    await lay(city.bridge, 40, 25, city.clock.at_ms)
    lists = Lists(city.clock.at_ms)
    after = city.bridge.read_now(lambda c: worklist.counts(c, lists))
    assert after["open"] - before["open"] == 40
    assert after["closed-today"] == before["closed-today"]
    rows = city.bridge.read_now(lambda c: worklist.rows(c, "open", lists))
    keys = [row.patient_key for row in rows]
    shown = city.bridge.read_now(lambda c: people_shown(c, city.data_keys, keys, Access.full, lists.now_ms))
    assert all(shown[key].known for key in keys)
    assert len({row.fact.spell for row in rows}) == len(rows)
    assert all(orjson.loads(row.fact.model_dump_json()) for row in rows)
    assert len(city.bridge.read_now(lambda c: tally(c, "open", lists, "ward"))) >= 30
    changed = city.bridge.read_now(lambda c: todays_changes(c, lists))
    assert any(one.told for one in changed)
    city.close()


async def test_there_must_be_something_to_copy(tmp_path):
    city = City(tmp_path)
    with pytest.raises(NothingToCopy):
        await lay(city.bridge, 1, 1, city.clock.at_ms)
    city.close()
