"""A shadow built beside live messages, measured: it is whole, and so is the live work."""

import pytest

from ascbridge.simulator.bench.scenarios import Run
from ascbridge.simulator.bench.shadow_live import shadow_live


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_whole_shadow_is_built_beside_live_messages(tmp_path):
    figures = await shadow_live(Run(tmp_path, 1.0, events=300))
    found = {one.what: one.value for one in figures}
    assert "shadow, events, nothing else" in found
    assert "shadow, events, beside 50 messages/s" in found
    assert [one for one in figures if one.value <= 0] == []
