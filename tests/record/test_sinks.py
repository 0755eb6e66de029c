"""Our own store, which takes resources in the transaction that notes them as sent."""

import pytest

from ascbridge.record.resource_store import Change
from ascbridge.record.sinks import BuiltinSink
from tests.record.world import KEYRING, NOW, World

ORG = {"resourceType": "Organization", "id": "o1", "active": True}


async def test_the_built_in_store_takes_resources_in_the_callers_transaction(world: World) -> None:
    sink = BuiltinSink(KEYRING)
    with pytest.raises(RuntimeError, match="rolled back"):
        await world.database.write(lambda c: (sink.put(c, [Change(ORG, "")], NOW), _raise()))
    assert await world.stored() == {}
    assert await world.database.write(lambda c: sink.put(c, [Change(ORG, "")], NOW)) == {
        "Organization/o1": "1"
    }


def _raise() -> None:
    raise RuntimeError("rolled back")
